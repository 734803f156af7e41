import { hostname } from 'node:os';
import { ProcessState } from '../../../../entities/process-state.js';
import type { DurationMs } from '../../../units.js';
import { elapsed } from '../../clock.js';
import { ask } from '../bulk.js';
import type { Orm } from '../orm.js';
import type { Role } from './roles.js';
import type { Stop } from './stops.js';

/** A process's heartbeat. */
export interface Heartbeat {
  readonly role: Role;
  readonly codeVersion: string;
  readonly runId: number | null;
  /** How far its work is behind the market; null before it has done any. */
  readonly lagMs: DurationMs | null;
  /** The failure since the last heartbeat; null keeps the previous one. Never a secret. */
  readonly error: string | null;
  readonly counters: Readonly<Record<string, number>>;
}

/** A process as `status` shows it. */
export interface ProcessSummary extends Omit<Heartbeat, 'error'> {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: Date;
  readonly heartbeatAt: Date;
  /** Age of the last heartbeat, by the database's clock. */
  readonly silentMs: DurationMs;
  /** When it ended in order; null while it lives, and if it was killed. */
  readonly stoppedAt: Date | null;
  /** The reason; null if `stoppedAt` is. */
  readonly stop: Stop | null;
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
}

// The process's age distinguishes it from another one with its pid: in a container every one has
// pid 1.
const SAME = `(stored.pid, stored.host) = (excluded.pid, excluded.host) and abs(extract(epoch from stored.started_at - excluded.started_at)) < 5`;
// A heartbeat that was under way while its process stopped does not revive it.
const BEAT = `
  insert into process_state as stored (role, pid, host, code_version, run_id, started_at, heartbeat_at, lag_ms, last_error, last_error_at, counters)
  select role, pid, host, code_version, run_id, now() - age * interval '1 ms', now(), lag_ms, error,
    case when error is not null then now() end, counters
  from json_to_record(?::json) as row (role text, pid int, host text, code_version text, run_id int, age float8, lag_ms float8, error text, counters jsonb)
  on conflict (role) do update set
    started_at = case when ${SAME} then stored.started_at else excluded.started_at end,
    stopped_at = case when ${SAME} then stored.stopped_at end,
    stop_reason = case when ${SAME} then stored.stop_reason end,
    stop_requested = case when ${SAME} then stored.stop_requested end,
    pid = excluded.pid, host = excluded.host, code_version = excluded.code_version, run_id = excluded.run_id,
    heartbeat_at = now(), lag_ms = excluded.lag_ms, counters = excluded.counters,
    last_error = coalesce(excluded.last_error, stored.last_error),
    last_error_at = coalesce(excluded.last_error_at, stored.last_error_at)`;

/** Writes this process's heartbeat, replacing the previous holder of its role. */
export const beat = async (orm: Orm, { codeVersion, runId, lagMs, ...rest }: Heartbeat): Promise<void> => {
  const own = { pid: process.pid, host: hostname(), age: elapsed() };
  const row = { ...rest, ...own, code_version: codeVersion, run_id: runId, lag_ms: lagMs };
  await ask(orm.em.fork(), BEAT, [JSON.stringify(row)]);
};

// It may end before its first heartbeat: the row is then that of its predecessor.
const STOP = `
  update process_state set stopped_at = now(), stop_reason = ?, stop_requested = ?,
    pid = ?, host = ?, started_at = now() - ?::float8 * interval '1 ms' where role = ?`;

/** Stores that this process, which has the role, ends in order, and why. */
export const saveStop = async (orm: Orm, role: Role, { reason, requested }: Stop): Promise<void> => {
  await ask(orm.em.fork(), STOP, [reason, requested, process.pid, hostname(), elapsed(), role]);
};

/** The processes that have or last had a role. */
export const readProcesses = async (orm: Orm): Promise<readonly ProcessSummary[]> => {
  const em = orm.em.fork();
  const rows = await em.find(ProcessState, {}, { orderBy: { role: 'asc' } });
  const [clock] = await ask<{ now: number }>(em, 'select extract(epoch from clock_timestamp())::float8 * 1000 as now');
  return rows.map(({ lagMs, lastError, lastErrorAt, stoppedAt, stopReason, stopRequested, runId, ...row }) => ({
    role: row.role,
    pid: row.pid,
    host: row.host,
    codeVersion: row.codeVersion,
    runId: runId ?? null,
    startedAt: row.startedAt,
    heartbeatAt: row.heartbeatAt,
    silentMs: Math.max(0, clock!.now - row.heartbeatAt.getTime()),
    stoppedAt: stoppedAt ?? null,
    stop: stopReason == null ? null : { reason: stopReason, requested: stopRequested ?? false },
    lagMs: lagMs ?? null,
    lastError: lastError ?? null,
    lastErrorAt: lastErrorAt ?? null,
    counters: row.counters,
  }));
};
