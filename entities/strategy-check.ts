import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { id, instant } from './columns.js';

/** The last check of a strategy file with its parameters. */
export const StrategyCheck = defineEntity({
  name: 'StrategyCheck',
  tableName: 'strategy_check',
  uniques: [{ name: 'strategy_check_once', properties: ['sourceHash', 'parametersHash'] }],
  checks: [
    {
      name: 'strategy_check_hashes',
      expression: `source_hash ~ '^[0-9a-f]{64}$' AND parameters_hash ~ '^[0-9a-f]{64}$'`,
    },
  ],
  properties: {
    id: id(),
    /** SHA-256 of the file with all that it imports. */
    sourceHash: p.text(),
    /** SHA-256 of its parameters. */
    parametersHash: p.text(),
    name: p.text(),
    parameters: p.json<Readonly<Record<string, number | boolean | string>>>(),
    checkedAt: instant(),
    codeVersion: p.text(),
    /** Whether every law holds. */
    passed: p.boolean(),
    /** What was tried, by market and law. */
    verdict: p.json<readonly unknown[]>(),
  },
});

/** A row of `strategy_check`. */
export type StrategyCheck = InferEntity<typeof StrategyCheck>;
