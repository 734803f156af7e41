import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { id, instant } from './columns.js';

/** Outcome of a version: in force, waiting for a restart, or never in force. */
export const VERSION_STATUSES = ['accepted', 'restart_needed', 'refused'] as const;

/**
 * A configuration from a moment on, or a rejected edit; secrets removed. Rows with the same
 * configuration have the same hash and are the same version, whose number is the id of the first of
 * them.
 */
export const ConfigurationHistory = defineEntity({
  name: 'ConfigurationHistory',
  tableName: 'configuration_history',
  indexes: [{ name: 'configuration_history_run_id_index', properties: ['runId'] }],
  checks: [
    { name: 'configuration_history_hash_shape', expression: `hash ~ '^[0-9a-f]{64}$'` },
    { name: 'configuration_history_document', expression: `(status = 'refused') = (configuration IS NULL)` },
    { name: 'configuration_history_problems', expression: `(status = 'accepted') = (problems IS NULL)` },
  ],
  properties: {
    id: id(),
    timestamp: instant().defaultRaw('now()'),
    /**
     * The document with every default filled in, in the units of config.yaml; null for a rejected
     * edit.
     */
    configuration: p.json<Readonly<Record<string, unknown>>>().nullable(),
    /** SHA-256 of the canonical document; for a rejected edit, of the file's content. */
    hash: p.text(),
    /**
     * The run that started with it, or was under way when it changed; null in rows from before that
     * was recorded. No foreign key: `run` refers to this table.
     */
    runId: p.integer().nullable(),
    notes: p.text().nullable(),
    status: p.enum([...VERSION_STATUSES]).default('accepted'),
    /**
     * Changes by key against the version in force: `[{key, from, to}]`; null for the first one and
     * for invalid YAML.
     */
    changes: p.json<readonly { readonly key: string; readonly from?: unknown; readonly to?: unknown }[]>().nullable(),
    /** Why it was rejected or has to wait, one line each. */
    problems: p.json<readonly string[]>().nullable(),
  },
});

/** A row of `configuration_history`. */
export type ConfigurationHistory = InferEntity<typeof ConfigurationHistory>;
