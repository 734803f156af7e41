import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection, Database } from '../../lib/world/database/connection.js';
import { withClient } from '../../lib/world/database/connection.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { isLive, processId } from '../../lib/world/database/processes.js';
import { readPidFile } from '../../lib/world/database/server.js';
import { stopServer } from '../../lib/world/database/stop.js';

const TEMPLATE = 'bot_template';
const PREFIX = 'crypto-bot-tests-';

let server: Promise<Database> | null = null;
let template: Promise<void> | null = null;
let count = 0;

const folderOf = (id: string): string => join(tmpdir(), `${PREFIX}${id}`);

/** Stops the servers of mocha processes that have ended and removes their folders. */
export const sweepDatabases = async (): Promise<void> => {
  const dead = readdirSync(tmpdir()).filter(name => name.startsWith(PREFIX) && !isLive(name.slice(PREFIX.length)));
  for (const folder of dead.map(name => join(tmpdir(), name))) {
    const pid = existsSync(join(folder, 'pg')) ? readPidFile(folder)?.pid : undefined;
    if (pid !== undefined) await stopServer(join(folder, 'pg'), pid);
    rmSync(folder, { recursive: true, force: true });
  }
};

const start = async (): Promise<Database> => {
  await sweepDatabases();
  const dataDir = folderOf(processId(process.pid) ?? '');
  mkdirSync(dataDir, { mode: 0o700 });
  return openEmbedded({ dataDir, durable: false });
};

const onServer = async (sql: string): Promise<Connection> => {
  const { connection } = await (server ??= start());
  await withClient(connection, client => client.query(sql));
  return connection;
};

/**
 * Lets `migrate` fill the database that every later `freshDatabase` is a copy of. Only the first
 * call of a test run counts; the others wait for it. `migrate` closes all its connections before it
 * resolves.
 */
export const prepareTemplate = (migrate: (connection: Connection) => Promise<void>): Promise<void> =>
  (template ??= onServer(`CREATE DATABASE ${TEMPLATE}`).then(connection =>
    migrate({ ...connection, database: TEMPLATE }),
  ));

/**
 * A database of its own for a test, on the one server of the test run, which starts at the first
 * call. A copy of the template if `prepareTemplate` has been called, else empty. `drop` removes it,
 * with all clients that are still connected.
 */
export const freshDatabase = async (): Promise<{ readonly connection: Connection; drop(): Promise<void> }> => {
  await template;
  const database = `test_${++count}`;
  const connection = await onServer(
    `CREATE DATABASE ${database}${template ? ` TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY` : ''}`,
  );
  return {
    connection: { ...connection, database },
    drop: async () => {
      await onServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
};

/** Stops the server of the test run, if it was needed, and removes its folder. */
export const stopDatabase = async (): Promise<void> => {
  if (!server) return;
  await (await server).close();
  rmSync(folderOf(processId(process.pid) ?? ''), { recursive: true, force: true });
};
