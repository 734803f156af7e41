import type { Client } from 'pg';
import type { Configuration } from '../lib/settings/settings.js';
import { loadConfiguration } from '../lib/world/config-file.js';
import { UserError } from '../lib/errors.js';
import {
  connectForBulk,
  openDatabase,
  type Connection,
  type Database,
  type Need,
} from '../lib/world/database/index.js';
import { diskFullFault } from '../lib/world/disk.js';
import type { Store } from '../lib/world/store/index.js';
import { pendingMigrations } from '../lib/world/store/schema-state.js';
import { chosenFolder, type DatabaseChoice } from './simulated.js';
import type { Terminal } from './terminal.js';

/** The world as a command sees it: the configuration, the database and what is stored in it. */
export interface World {
  readonly configuration: Configuration & { readonly file: string };
  readonly database: Database;
  /** A connection of its own without time limits, for bulk reading and writing. */
  readonly client: Client;
  /**
   * The store, opened when it is first asked for: loading it takes half a second, which not every
   * command needs.
   */
  readonly store: () => Promise<Store>;
}

/** A statement of a command that nobody waits for may take this long. */
const STATEMENT_TIMEOUT_MS = 60_000;

const lacking = (pending: readonly string[], { user }: Connection): UserError =>
  new UserError([
    `The database needs ${pending.length} more ${pending.length === 1 ? 'migration' : 'migrations'} for this version (from ${pending[0]!} on), and ${user} may not create tables.`,
    'Run bin/bot migrate as the owner of the tables.',
  ]);

/**
 * Brings the schema up to date; what that takes is loaded only where something is pending. Throws
 * `UserError` where it is and the role may create no table.
 */
export const bringUpToDate = async ({ connection, canMigrate }: Database, client: Client): Promise<void> => {
  const pending = await pendingMigrations(async sql => (await client.query<{ name: string }>(sql)).rows);
  if (pending.length === 0) return;
  if (!canMigrate) throw lacking(pending, connection);
  await (await import('../lib/world/store/migrate.js')).migrate(connection);
};

const open = async ({ connection, canWrite }: Database, { settings }: Configuration): Promise<Store> => {
  const { openStore } = await import('../lib/world/store/index.js');
  const { poolSize } = settings.database;
  const store = await openStore(connection, { poolSize, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
  try {
    if (canWrite) await store.abandonDeadRuns();
    return store;
  } catch (error) {
    await store.close(); // its idle connections would keep the process for half a minute
    throw error;
  }
};

/**
 * Opens only the database, for reading alone where that is all that `use` does; closes it when
 * `use` is done.
 */
export const withDatabase = async <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (database: Database, configuration: World['configuration']) => Promise<T>,
  need: Need = 'writing',
): Promise<T> => {
  const configuration = loadConfiguration(options.config);
  const { connectionString } = configuration.settings.database;
  const { dataDir: own } = configuration.settings.database;
  const dataDir = connectionString === 'embedded' ? chosenFolder(own, options) : own;
  const { signal } = terminal;
  const onProgress = (line: string) => terminal.err(line);
  const database = await openDatabase({ connectionString, dataDir, need, onProgress, signal });
  try {
    return await use(database, configuration);
  } catch (error) {
    throw (await diskFullFault(error, database)) ?? error;
  } finally {
    await database.close();
  }
};

/**
 * Opens the world: starts the database if it is ours and brings its schema up to date; closes it
 * all when `use` is done. Runs whose process died are marked as aborted when the store is opened.
 */
export const withWorld = <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (world: World) => Promise<T>,
  need: Need = 'writing',
): Promise<T> => {
  const withStore = async (database: Database, configuration: World['configuration']): Promise<T> => {
    const client = await connectForBulk(database.connection);
    let opened: Promise<Store> | undefined;
    try {
      await bringUpToDate(database, client);
      return await use({ configuration, database, client, store: () => (opened ??= open(database, configuration)) });
    } finally {
      await opened?.then(
        store => store.close(),
        () => undefined, // it never opened, which has been said
      );
      await client.end().catch(() => undefined);
    }
  };
  return withDatabase(options, terminal, withStore, need);
};

/**
 * The world for a command that stores nothing: SELECT, a standby, a read-only server are enough.
 */
export const withWorldToRead = <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (world: World) => Promise<T>,
): Promise<T> => withWorld(options, terminal, use, 'reading');
