import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { id, instant } from './columns.js';

/** A configuration that was in force, secrets removed. */
export const ConfigurationHistory = defineEntity({
  name: 'ConfigurationHistory',
  tableName: 'configuration_history',
  indexes: [{ name: 'configuration_history_run_id_index', properties: ['runId'] }],
  checks: [{ name: 'configuration_history_hash_shape', expression: `hash ~ '^[0-9a-f]{64}$'` }],
  properties: {
    id: id(),
    timestamp: instant().defaultRaw('now()'),
    /** The document with every default filled in, in the units of config.yaml. */
    configuration: p.json<Readonly<Record<string, unknown>>>(),
    /** SHA-256 of the canonical document. */
    hash: p.text(),
    /** The run that was under way when it changed; null for the configuration that a run starts with. No foreign key: `run` refers to this table. */
    runId: p.integer().nullable(),
    notes: p.text().nullable(),
  },
});

export type ConfigurationHistory = InferEntity<typeof ConfigurationHistory>;
