import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aborted, UserError } from '../../errors.js';
import { elapsed } from '../clock.js';
import { tooFewFiles } from '../open-files.js';
import { FEW_FILES, USER } from './cluster.js';
import { codeOf, withClient, type Connection } from './connection.js';
import { postgresProcessesIn } from './processes.js';
import { clearPidFile, readPidFile, type Address, type Spawned } from './server.js';

const POLL_MS = 20;
const GHOSTS_MS = 30_000;
const SILENT_MS = 60_000;
const RECOVERY_MS = 15 * 60_000;
const SAY_EVERY_MS = 5_000;
const SPAWNS = 10;
const STARTING_UP = '57P03';
const WRONG_PASSWORD = '28P01';

/** Dependencies of `adoptOrStart`. */
export interface Launch {
  readonly root: string;
  password(): string;
  /** Starts a server; called only when no process of an older one lives. */
  spawn(): Promise<Spawned>;
  onProgress(line: string): void;
  readonly signal: AbortSignal | undefined;
}

const connectionTo = ({ host, port }: Address, password: string): Connection => ({
  host,
  port,
  user: USER,
  password,
  database: 'postgres',
});

/** Resolves when a query has been answered, or with null if the server has gone meanwhile. */
const waitReady = async (launch: Launch, pid: number): Promise<Connection | null> => {
  const password = launch.password();
  const began = elapsed();
  let said = began;
  for (;;) {
    const note = readPidFile(launch.root); // each time: a server writes its process id first, and its address later
    if (note?.pid !== pid) return null;
    const connection = connectionTo(note.address, password);
    try {
      await withClient(connection, client => client.query('SELECT 1'), launch.signal);
      return connection;
    } catch (error) {
      if (error instanceof Aborted) throw error;
      if (codeOf(error) === WRONG_PASSWORD)
        throw new UserError(
          [
            `The embedded database in ${launch.root} refuses its password (file 'password'): that file has been changed.`,
            `Restore it from a backup, or move ${join(launch.root, 'pg')} away to begin with an empty database.`,
          ],
          1,
        );
      const recovering = codeOf(error) === STARTING_UP;
      if (!postgresProcessesIn(join(launch.root, 'pg')).includes(pid)) return null;
      const waited = elapsed() - began;
      if (waited > (recovering ? RECOVERY_MS : SILENT_MS))
        throw new UserError(
          [
            `The embedded database (process ${pid}) has not answered for ${Math.round(waited / 1000)} s.`,
            `See ${join(launch.root, 'postgres.log')}`,
          ],
          1,
        );
      if (elapsed() - said > SAY_EVERY_MS) {
        said = elapsed();
        const state = recovering ? 'is recovering from a crash' : 'does not answer yet';
        launch.onProgress(`The embedded database ${state} (${Math.round(waited / 1000)} s)`);
      }
    }
    await sleep(POLL_MS);
  }
};

/** How to proceed after a server that ended at once: null to try again. */
const faultOf = (root: string, spawned: Spawned, attempt: number): UserError | null => {
  const said = spawned.said();
  const log = join(root, 'postgres.log');
  if (said.includes('No space left on device'))
    return new UserError(
      [
        `The disk of ${root} is full: the embedded database cannot start.`,
        'Free some space; nothing that was stored is lost.',
      ],
      1,
    );
  if (said.includes(FEW_FILES)) return tooFewFiles('The embedded database');
  const port = /could not bind|could not create any TCP/.test(said);
  const rival = /lock file .* already exists|pre-existing shared memory block/.test(said);
  if ((port || rival || spawned.killed()) && attempt < SPAWNS) return null;
  return new UserError(
    port
      ? [
          `The embedded database found no free TCP port in ${attempt} tries.`,
          'Set BOT_DATA_DIR to a folder with a shorter path (under 75 characters): then no port is needed.',
        ]
      : ['The embedded database ended as soon as it was started:', ...said.split('\n').slice(-3), `See ${log}`],
    1,
  );
};

/**
 * Adopts the live server of the data folder, or starts one, and resolves when it answers. Call
 * under the lock. A server is adopted only if the process in its pid file is a live PostgreSQL that
 * works in our cluster folder.
 */
export const adoptOrStart = async (launch: Launch): Promise<Connection & { readonly pid: number }> => {
  const { root, signal } = launch;
  const cluster = join(root, 'pg');
  const began = elapsed();
  let spawned: Spawned | null = null;
  let spawns = 0;
  for (;;) {
    if (signal?.aborted) throw new Aborted();
    const note = readPidFile(root);
    const live = postgresProcessesIn(cluster);
    if (note && live.includes(note.pid)) {
      const connection = await waitReady(launch, note.pid);
      if (connection) return { ...connection, pid: note.pid };
    } else if (live.length > 0) {
      // the rest of a killed server ends by itself within seconds
      if (elapsed() - began > GHOSTS_MS && !spawned)
        throw new UserError(
          [
            `Processes of an older embedded database are still there: ${live.join(', ')}.`,
            'End them (kill -QUIT) and try again.',
          ],
          1,
        );
    } else if (!spawned || spawned.ended()) {
      const fault = spawned && faultOf(root, spawned, spawns);
      if (fault) throw fault;
      clearPidFile(root);
      spawned = await launch.spawn();
      spawns++;
    }
    await sleep(POLL_MS);
  }
};
