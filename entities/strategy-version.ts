import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { WALLETS } from '../lib/settings/strategy-entry.js';
import { id, instant } from './columns.js';
import { configurationId, runId } from './references.js';

/**
 * A strategy of a live run, as it decides from a moment on until its next version: a new row for
 * each change of its code, its parameters or its wallet.
 */
export const StrategyVersion = defineEntity({
  name: 'StrategyVersion',
  tableName: 'strategy_version',
  uniques: [{ name: 'strategy_version_once', properties: ['runId', 'name', 'timestamp'] }],
  checks: [
    {
      name: 'strategy_version_hashes',
      expression: `parameter_hash ~ '^[0-9a-f]{64}$' AND source_hash ~ '^[0-9a-f]{64}$'`,
    },
  ],
  properties: {
    id: id(),
    runId: runId(),
    name: p.text(),
    /** `momentum`, or the path of its file. */
    use: p.text(),
    wallet: p.enum([...WALLETS]),
    parameters: p.json<Readonly<Record<string, unknown>>>(),
    /** SHA-256 of `parameters`. */
    parameterHash: p.text(),
    /** SHA-256 of the file with all that it imports; null for momentum. */
    sourceHash: p.text().nullable(),
    /** The first one with which it decided. */
    configurationId: configurationId(),
    /** From when on it decides, in market time. */
    timestamp: instant(),
  },
});

/** A row of `strategy_version`. */
export type StrategyVersion = InferEntity<typeof StrategyVersion>;
