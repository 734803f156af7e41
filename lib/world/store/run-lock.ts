import type { Client } from 'pg';
import type { DurationMs } from '../../units.js';
import type { Connection } from '../database/index.js';
import { LOCKS } from './locks.js';
import { connect as connectTo } from '../database/connection.js';

/** Marks a run as under way for as long as its process lives. */
export interface RunLock {
  readonly runId: number;
  release(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 5_000;
const AGAIN_AFTER_MS: DurationMs = 5_000;

const connect = (connection: Connection): Promise<Client> =>
  connectTo(connection, { title: 'crypto-bot run', answerMs: QUERY_TIMEOUT_MS, keepAlive: true });

/**
 * Takes the next run's id and locks it in a session of its own: if another process can take the
 * lock, the run's process is gone. A lost session is reopened; `revived` is called then, since the
 * run may have been marked as aborted meanwhile.
 */
export const lockNextRun = async (
  connection: Connection,
  revived: (runId: number) => Promise<void>,
): Promise<RunLock> => {
  let client = await connect(connection);
  let released = false;
  let retry: NodeJS.Timeout | undefined;
  const lock = (runId: number) => client.query(`select pg_advisory_lock(${LOCKS.run}, $1)`, [runId]);

  const { rows } = await client.query<{ id: number }>(`select nextval(pg_get_serial_sequence('run', 'id'))::int as id`);
  const runId = rows[0]!.id;
  await lock(runId);

  const relock = (): void => {
    if (released) return;
    retry = setTimeout(() => {
      connect(connection)
        .then(async fresh => {
          client = fresh;
          await lock(runId);
          client.once('end', relock);
          await revived(runId);
        })
        .catch(relock);
    }, AGAIN_AFTER_MS).unref();
  };
  client.once('end', relock);

  return {
    runId,
    release: async () => {
      released = true;
      clearTimeout(retry);
      await client.end().catch(() => undefined);
    },
  };
};
