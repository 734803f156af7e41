import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { RULE_NAME } from '../lib/universe/rule.js';
import { double, finiteDouble, instant } from './columns.js';
import { marketId, runId } from './references.js';

/** The result of one rule for one market at a refresh of the universe. */
export const UniverseVerdict = defineEntity({
  name: 'UniverseVerdict',
  tableName: 'universe_verdict',
  checks: [
    { name: 'universe_verdict_rule_check', expression: `rule ~ '${RULE_NAME.source}'` },
    { name: 'universe_verdict_value', expression: finiteDouble('value') },
    { name: 'universe_verdict_threshold', expression: finiteDouble('threshold') },
  ],
  properties: {
    runId: runId().primary(),
    cryptocurrencyId: marketId().primary(),
    timestamp: instant().primary(),
    /** A rule of the version that stored it: rules can be added without a migration. */
    rule: p.text().primary(),
    /** Null if unknown, and for rules that compare names. */
    value: double().nullable(),
    threshold: double().nullable(),
    pass: p.boolean(),
  },
});

/** A row of `universe_verdict`. */
export type UniverseVerdict = InferEntity<typeof UniverseVerdict>;
