import { hostname } from 'node:os';
import { Client } from 'pg';
import { setTimeout } from 'node:timers/promises';
import { ROLES } from '../../../../entities/process-state.js';
import { UserError } from '../../../errors.js';
import type { DurationMs } from '../../../units.js';
import { elapsed } from '../../clock.js';
import type { Connection } from '../../database/index.js';
import { LOCKS } from '../locks.js';
import { CONNECT_TIMEOUT_MS } from '../orm.js';

/** What a process is there for. */
export type Role = (typeof ROLES)[number];

/** A role that this process has and no other can have. */
export interface RoleHandle {
  /** Resolves when the role is lost: the session broke, and another process may have it by now. Whoever had it ends. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;
/** A process that was just killed leaves its role within this time. */
const PATIENCE_MS = 3_000;
const AGAIN_AFTER_MS = 100;
/** A host that vanished without a word loses its roles after half a minute, not after two hours. */
const KEEP_ALIVE = `set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 4`;
const TITLE = /^crypto-bot \w+ (\d+)@(.*)$/;

const HOLDER = `
  select application_name as title, backend_start as since from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and granted and classid = $1 and objid = $2 and objsubid = 2
    and pg_locks.database = (select oid from pg_database where datname = current_database())`;

const refusal = async (client: Client, role: Role): Promise<UserError> => {
  const { rows } = await client.query<{ title: string; since: Date }>(HOLDER, [LOCKS.role, ROLES.indexOf(role)]);
  const [, pid, host] = TITLE.exec(rows[0]?.title ?? '') ?? [];
  const who = pid === undefined ? 'another process' : `process ${pid} on ${host}`;
  const since = rows[0] ? `, since ${rows[0].since.toISOString().slice(0, 19)}Z` : '';
  return new UserError(
    [
      `The role "${role}" is taken by ${who}${since}: two of a role would trade against each other.`,
      'Stop that process first, or give this one another database.',
    ],
    1,
  );
};

/**
 * Takes a role for as long as this process lives, in a session of its own. Throws `UserError`, which names the holder's process
 * and host, if another process has it.
 */
export const takeRole = async (
  connection: Connection,
  role: Role,
  patienceMs: DurationMs = PATIENCE_MS,
): Promise<RoleHandle> => {
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    application_name: `crypto-bot ${role} ${process.pid}@${hostname()}`.slice(0, 63),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // 'end' follows
  let released = false;
  const lost = new Promise<void>(resolve => {
    client.once('end', () => {
      if (!released) resolve();
    });
  });
  const release = async () => {
    released = true;
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
    await client.query(KEEP_ALIVE);
    const until = elapsed() + patienceMs;
    for (;;) {
      const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1, $2) as free', [
        LOCKS.role,
        ROLES.indexOf(role),
      ]);
      if (rows[0]!.free) return { lost, release };
      if (elapsed() >= until) throw await refusal(client, role);
      await setTimeout(AGAIN_AFTER_MS);
    }
  } catch (error) {
    await release();
    throw error;
  }
};
