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
import { queryOn } from '../lib/world/store/sql.js';
import { chosenFolder, givenKeysIn, type DatabaseChoice } from './simulated.js';
import type { Terminal } from './terminal.js';

/** The world of a command: configuration, database and store. */
export interface CommandWorld {
  readonly configuration: Configuration & { readonly file: string };
  readonly database: Database;
  /** A separate connection without time limits, for bulk reads and writes. */
  readonly client: Client;
  /**
   * The store, opened on first use: loading it takes half a second, and not every command needs it.
   */
  readonly store: () => Promise<Store>;
}

/** Time limit of a command's statements. */
const STATEMENT_TIMEOUT_MS = 60_000;

const missingMigrations = (pending: readonly string[], { user }: Connection): UserError =>
  new UserError([
    `The database needs ${pending.length} more ${pending.length === 1 ? 'migration' : 'migrations'} for this version (from ${pending[0]!} on), and ${user} may not create tables.`,
    'Run bin/bot migrate as the owner of the tables.',
  ]);

/**
 * Migrates the schema; the code for it is loaded only if a migration is pending. Throws `UserError`
 * if one is pending and the role may not create tables.
 */
export const bringUpToDate = async ({ connection, canMigrate }: Database, client: Client): Promise<void> => {
  const pending = await pendingMigrations(queryOn(client));
  if (pending.length === 0) return;
  if (!canMigrate) throw missingMigrations(pending, connection);
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
    await store.close(); // otherwise idle connections keep the process alive for half a minute
    throw error;
  }
};

/**
 * Opens only the database, read-only if `use` only reads; closes it when `use` is done.
 */
export const withDatabase = async <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (database: Database, configuration: CommandWorld['configuration']) => Promise<T>,
  need: Need = 'writing',
): Promise<T> => {
  const configuration = loadConfiguration(options.config, givenKeysIn(options.set));
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
 * Opens the world: starts an embedded database and migrates the schema; closes everything when
 * `use` is done. Opening the store marks runs whose process died as aborted.
 */
export const withWorld = <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (world: CommandWorld) => Promise<T>,
  need: Need = 'writing',
): Promise<T> => {
  const withStore = async (database: Database, configuration: CommandWorld['configuration']): Promise<T> => {
    const client = await connectForBulk(database.connection);
    let opened: Promise<Store> | undefined;
    try {
      await bringUpToDate(database, client);
      return await use({ configuration, database, client, store: () => (opened ??= open(database, configuration)) });
    } finally {
      await opened?.then(
        store => store.close(),
        () => undefined, // opening failed, which was reported
      );
      await client.end().catch(() => undefined);
    }
  };
  return withDatabase(options, terminal, withStore, need);
};

/**
 * The world of a command that stores nothing: a role with SELECT, a standby or a read-only server
 * suffices.
 */
export const withWorldToRead = <T>(
  options: DatabaseChoice,
  terminal: Terminal,
  use: (world: CommandWorld) => Promise<T>,
): Promise<T> => withWorld(options, terminal, use, 'reading');
