import { Client } from 'pg';
import type { Configuration } from '../lib/settings/settings.js';
import { loadConfiguration } from '../lib/world/config-file.js';
import { openDatabase, type Database } from '../lib/world/database/index.js';
import { migrate, openStore, type Store } from '../lib/world/store/index.js';
import type { Terminal } from './terminal.js';

/** The world as a command sees it: the configuration, the database and what is stored in it. */
export interface World {
  readonly configuration: Configuration & { readonly file: string };
  readonly database: Database;
  readonly store: Store;
  /** A connection of its own without time limits, for bulk reading and writing. */
  readonly client: Client;
}

const bulkClient = async ({ connection }: Database): Promise<Client> => {
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    application_name: 'crypto-bot',
    connectionTimeoutMillis: 3_000,
  });
  client.on('error', () => undefined); // a loss between two queries is reported by the next one
  await client.connect();
  return client;
};

/** Opens only the database, closes it when `use` is done. */
export const withDatabase = async <T>(
  options: { readonly config?: string },
  terminal: Terminal,
  use: (database: Database, configuration: World['configuration']) => Promise<T>,
): Promise<T> => {
  const configuration = loadConfiguration(options.config);
  const { connectionString, dataDir } = configuration.settings.database;
  const database = await openDatabase({
    connectionString,
    dataDir,
    onProgress: line => terminal.err(line),
    signal: terminal.signal,
  });
  try {
    return await use(database, configuration);
  } finally {
    await database.close();
  }
};

/** Opens the whole world: starts the database if it is ours, migrates it, tidies up after runs that died; closes it all when `use` is done. */
export const withWorld = <T>(
  options: { readonly config?: string },
  terminal: Terminal,
  use: (world: World) => Promise<T>,
): Promise<T> =>
  withDatabase(options, terminal, async (database, configuration) => {
    await migrate(database.connection);
    const store = await openStore(database.connection, {
      poolSize: configuration.settings.database.poolSize,
      statementTimeoutMs: 60_000,
    });
    try {
      await store.abandonDeadRuns();
      const client = await bulkClient(database);
      try {
        return await use({ configuration, database, store, client });
      } finally {
        await client.end().catch(() => undefined);
      }
    } finally {
      await store.close();
    }
  });
