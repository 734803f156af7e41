import { hostname } from 'node:os';
import type { Client } from 'pg';
import { ROLES } from '../../../../entities/process-state.js';
import { UserError } from '../../../errors.js';
import type { DurationMs } from '../../../units.js';
import { elapsed } from '../../clock.js';
import { beginSession, breakOff, type Connection } from '../../database/connection.js';
import { sleep } from '../../sleep.js';
import { LOCKS } from '../locks.js';
import { sessionOf, watchOver } from './session.js';

/** What a process is there for. */
export type Role = (typeof ROLES)[number];

/** Exclusive locks on a database: one per role, and `run` for the supervisor. */
export type LockName = Role | 'run';
const PLACES: readonly LockName[] = [...ROLES, 'run'];

/** A lock held by this process. */
export interface RoleHandle {
  /**
   * Resolves when the lock is lost: the session broke, and another process may have it by now. The
   * former holder must stop.
   */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

const HEARTBEAT_MS = 10_000;
const FAREWELL_MS = 1_000;
/** A process that was just killed releases its lock within this time. */
const TIMEOUT_MS = 3_000;
const AGAIN_AFTER_MS = 100;
/** A host that vanished loses its locks after half a minute, not after two hours. */
const KEEP_ALIVE = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4`;
const TITLE = /^crypto-bot \w+ (\d+)@(.*)$/;

const HOLDER = `
  select application_name as title, backend_start as since from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and granted and objid = $1 and objsubid = 2
    and classid::bigint = ${LOCKS.role}::bigint & 4294967295
    and pg_locks.database = (select oid from pg_database where datname = current_database())`;

/** The holder of a lock, in words. */
const holderOf = async (client: Client, place: LockName): Promise<string> => {
  const { rows } = await client.query<{ title: string; since: Date }>(HOLDER, [PLACES.indexOf(place)]);
  const [, pid, host] = TITLE.exec(rows[0]?.title ?? '') ?? [];
  const who = pid === undefined ? 'another process' : `process ${pid} on ${host}`;
  return rows[0] ? `${who}, since ${rows[0].since.toISOString().slice(0, 19)}Z` : who;
};

/** Another process has the lock. */
export class LockHeld extends UserError {}

const refusal = (place: LockName, holder: string): LockHeld =>
  new LockHeld(
    [
      place === 'run'
        ? `A bot runs on this database already (${holder}): two bots on one database would trade against each other.`
        : `The role "${place}" is taken by ${holder}: two of them on one database would trade against each other.`,
      'Stop that process first, or give this one another database.',
    ],
    1,
  );

/** How long a start waits for the present holder of its role. */
export interface RoleOptions {
  /** How long to wait for the holder. */
  readonly timeoutMs?: DurationMs;
  /** Called once with the holder that is waited for. */
  readonly onWait?: (holder: string) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Interval between checks of the session. */
  readonly heartbeatMs?: DurationMs;
}

/**
 * Takes a lock for as long as this process lives, in a session of its own. Throws `UserError`,
 * which names the holder's process and host, if another process has it.
 */
export const takeRole = async (
  connection: Connection,
  place: LockName,
  { timeoutMs = TIMEOUT_MS, heartbeatMs = HEARTBEAT_MS, onWait, signal }: RoleOptions = {},
): Promise<RoleHandle> => {
  const client = sessionOf(connection, `crypto-bot ${place} ${process.pid}@${hostname()}`);
  let released = false;
  let unwatch = (): void => undefined;
  const lost = new Promise<void>(resolve => {
    client.once('end', () => {
      unwatch();
      if (!released) resolve();
    });
  });
  const release = async () => {
    released = true;
    unwatch();
    const impatience = setTimeout(() => breakOff(client), FAREWELL_MS);
    await client.end().catch(() => undefined);
    clearTimeout(impatience);
  };
  try {
    await beginSession(client, connection);
    await client.query(KEEP_ALIVE);
    const until = elapsed() + timeoutMs;
    for (let reported = false; ; reported = true) {
      const { rows } = await client.query<{ free: boolean }>(`select pg_try_advisory_lock(${LOCKS.role}, $1) as free`, [
        PLACES.indexOf(place),
      ]);
      if (rows[0]!.free) {
        unwatch = watchOver(client, heartbeatMs);
        return { lost, release };
      }
      if (elapsed() >= until) throw refusal(place, await holderOf(client, place));
      if (!reported) onWait?.(await holderOf(client, place));
      await sleep(AGAIN_AFTER_MS, signal);
    }
  } catch (error) {
    await release();
    throw error;
  }
};
