import type { Client } from 'pg';
import { UserError } from '../../errors.js';
import { randomHex } from '../random.js';

/** The order of queries: twice in a row and alternating, so that no lending order hides a pool. */
const TURNS = ['A', 'B', 'B', 'A', 'B', 'A'] as const;

interface Answer {
  readonly pid: number;
  readonly before: string | null;
}

/**
 * Refuses a pooler that lends one session of the server to several clients in turn. Locks and
 * settings of such a session belong to another client a moment later: two bots on one database
 * would not see each other's locks, and a lock would stay in the pool after its bot ended. Two
 * connected clients take turns: each sets a mark in one statement and checks for it in its next.
 */
export const refuseSharedSessions = async (a: Client, b: Client, title: string): Promise<void> => {
  const clients = { A: { client: a, mark: '' }, B: { client: b, mark: '' } };
  const pids = new Map<string, number>();
  const nonce = randomHex(8);
  for (const [turn, name] of TURNS.entries()) {
    const each = clients[name];
    const mark = `${nonce}-${turn}`;
    const { rows } = await each.client.query<Answer>(
      `select pg_backend_pid() as pid, current_setting('crypto_bot.mark', true) as before,
         set_config('crypto_bot.mark', '${mark}', false)`,
    );
    const { pid, before } = rows[0]!;
    const isOwn = each.mark === '' ? before === null || !before.startsWith(nonce) : before === each.mark;
    const isAlone = (pids.get(name) ?? pid) === pid && pids.get(name === 'A' ? 'B' : 'A') !== pid;
    if (!isOwn || !isAlone)
      throw new UserError([
        `The database ${title} is behind a pooler that switches server sessions between transactions (like PgBouncer with pool_mode = transaction or statement): locks and settings would leak to other clients.`,
        'Use the URL of the PostgreSQL server itself, or a pool in session mode (pool_mode = session).',
      ]);
    each.mark = mark;
    pids.set(name, pid);
  }
};
