import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, instant, notNegativeDouble } from './columns.js';
import { runId } from './references.js';

/** Role of a process. */
export const ROLES = ['scanner', 'positions'] as const;

/** The process that has, or last had, a role, as `status` shows it. */
export const ProcessState = defineEntity({
  name: 'ProcessState',
  tableName: 'process_state',
  checks: [
    { name: 'process_state_lag', expression: notNegativeDouble('lag_ms') },
    {
      name: 'process_state_stop',
      expression: '(stopped_at is null) = (stop_reason is null) and (stopped_at is null) = (stop_requested is null)',
    },
  ],
  properties: {
    role: p.enum([...ROLES]).primary(),
    pid: p.integer(),
    host: p.text(),
    codeVersion: p.text(),
    runId: runId().nullable(),
    startedAt: instant(),
    heartbeatAt: instant(),
    /** When it ended in order; null while it lives, and if it was killed. */
    stoppedAt: instant().nullable(),
    /** The reason, in words; null if `stoppedAt` is. */
    stopReason: p.text().nullable(),
    /** Whether the stop was requested: false if it could not go on; null if `stoppedAt` is. */
    stopRequested: p.boolean().nullable(),
    /** Delay of its work behind the market; null before the first result. */
    lagMs: double().nullable(),
    lastError: p.text().nullable(),
    lastErrorAt: instant().nullable(),
    counters: p.json<Readonly<Record<string, number>>>(),
  },
});

/** A row of `process_state`. */
export type ProcessState = InferEntity<typeof ProcessState>;
