import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { RULES } from '../lib/settings/settings.js';
import { double, finiteDouble, instant } from './columns.js';
import { marketId, runId } from './references.js';

/** What one rule said of one market at a refresh of the universe. */
export const UniverseVerdict = defineEntity({
  name: 'UniverseVerdict',
  tableName: 'universe_verdict',
  checks: [
    { name: 'universe_verdict_value', expression: finiteDouble('value') },
    { name: 'universe_verdict_threshold', expression: finiteDouble('threshold') },
  ],
  properties: {
    runId: runId().primary(),
    cryptocurrencyId: marketId().primary(),
    timestamp: instant().primary(),
    rule: p.enum([...RULES]).primary(),
    /** Null where it is not known, and for rules that compare names. */
    value: double().nullable(),
    threshold: double().nullable(),
    pass: p.boolean(),
  },
});

export type UniverseVerdict = InferEntity<typeof UniverseVerdict>;
