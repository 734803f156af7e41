import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Aborted } from '../../errors.js';
import { chooseAccount } from './account.js';
import { adoptOrStart } from './adopt.js';
import { findBinaries, type Binaries } from './binaries.js';
import { DATABASE, prepareCluster, readPassword, USER } from './cluster.js';
import { codeOf, DatabaseAway, withClient, type Connection, type Database } from './connection.js';
import { folderFault, makeDataFolder } from './folder.js';
import { dropLease, returnLease, takeLease } from './leases.js';
import { withLock } from './lock.js';
import { postgresProcessesIn } from './processes.js';
import { chooseAddress, readPidFile, spawnServer } from './server.js';
import { stopServer } from './stop.js';

/** Options of an embedded database; the second half is for tests. */
export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly onProgress?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** False trades safety at a power cut for speed. */
  readonly durable?: boolean;
  /** False acts as if the system forbade user namespaces. */
  readonly namespaces?: boolean;
  readonly binaries?: Binaries;
  readonly freePort?: () => Promise<number>;
}

/** The address of the server of a data folder; null if none runs. Starts nothing. */
export const runningEmbedded = (dataDir: string): Connection | null => {
  if (!existsSync(dataDir)) return null;
  const root = realpathSync(dataDir);
  const note = readPidFile(root);
  if (!note || !postgresProcessesIn(join(root, 'pg')).includes(note.pid)) return null;
  return { ...note.address, user: USER, password: readPassword(root), database: DATABASE, schema: 'public' };
};

const launch = async (root: string, options: EmbeddedOptions) => {
  const { onProgress = () => undefined, signal, durable = true } = options;
  return adoptOrStart({
    root,
    onProgress,
    signal,
    password: () => readPassword(root),
    spawn: async () => {
      const { account, binaries } = chooseAccount(root, options.binaries ?? findBinaries(), options.namespaces);
      await prepareCluster(root, account, binaries, { durable, onProgress, signal });
      return spawnServer(root, account, binaries, await chooseAddress(root, options.freePort), durable);
    },
  });
};

/** How often a server may end right after its start. */
const LAUNCHES = 5;

const makeDatabase = async (server: Connection, signal?: AbortSignal): Promise<string> =>
  withClient(
    server,
    async client => {
      const { rows } = await client.query<{ version: string; there: boolean }>(
        `SELECT current_setting('server_version') AS version, EXISTS (SELECT FROM pg_database WHERE datname = $1) AS there`,
        [DATABASE],
      );
      if (!rows[0]?.there) await client.query(`CREATE DATABASE ${DATABASE}`);
      return rows[0]?.version ?? '';
    },
    signal,
  );

/**
 * Whether the connection broke or was never made, or the server is stopping, starting or full: not
 * an error of the query.
 */
const isAway = (error: unknown): boolean =>
  codeOf(error) === ''
    ? /time(d )?out|connection (terminated|ended)/i.test(String(error))
    : /^(?:08...|53...|57P..|E[A-Z]+)$/.test(codeOf(error));

/** A server that ends during a request is started again. */
const launchWithDatabase = async (root: string, options: EmbeddedOptions) => {
  for (let tries = 1; ; tries++) {
    const server = await launch(root, options);
    try {
      return { ...server, version: await makeDatabase(server, options.signal) };
    } catch (error) {
      if (error instanceof Aborted || !isAway(error)) throw error;
      if (postgresProcessesIn(join(root, 'pg')).includes(server.pid) || tries >= LAUNCHES)
        throw new DatabaseAway([
          `The embedded database in ${root} does not answer (${codeOf(error) || 'no answer in time'}).`,
          `See ${join(root, 'postgres.log')}`,
        ]);
    }
  }
};

const letGo = async (root: string, lease: string, pid: number): Promise<void> => {
  // the folder may have been deleted under the running server
  if (!existsSync(root)) return stopServer(`${join(root, 'pg')} (deleted)`, pid);
  await withLock(root, async () => {
    if (returnLease(root, lease) === 0) await stopServer(join(root, 'pg'), readPidFile(root)?.pid ?? pid);
  });
};

/**
 * Opens the PostgreSQL in `dataDir`: creates it on first use, adopts a running server, starts one
 * otherwise. Any number of processes may do so at once; the last one that closes stops the server.
 */
export const openEmbedded = async (options: EmbeddedOptions): Promise<Database> => {
  const { dataDir, signal, onProgress } = options;
  try {
    const root = makeDataFolder(dataDir);
    const { lease, pid, version, ...connection } = await withLock(
      root,
      async () => {
        const mine = takeLease(root);
        try {
          return { ...(await launchWithDatabase(root, options)), lease: mine };
        } catch (error) {
          const pid = readPidFile(root)?.pid;
          if (returnLease(root, mine) === 0 && pid !== undefined)
            await stopServer(join(root, 'pg'), pid).catch(() => undefined);
          throw error;
        }
      },
      { onProgress, signal },
    );
    let closing: Promise<void> | null = null;
    return {
      connection: { ...connection, database: DATABASE, schema: 'public' },
      canWrite: true,
      canMigrate: true,
      title: `embedded PostgreSQL ${version} in ${dataDir}`,
      dataDir: root,
      close: (othersStay = false) => (closing ??= othersStay ? dropLease(lease) : letGo(root, lease, pid)),
    };
  } catch (error) {
    throw folderFault(dataDir, error) ?? error;
  }
};
