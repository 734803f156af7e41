import { Client } from 'pg';
import type { Configuration } from '../../../lib/settings/settings.js';
import type { Connection } from '../../../lib/world/database/index.js';
import { openStore, type RunHandle, type Store, type StoredMarket } from '../../../lib/world/store/index.js';
import { migrate } from '../../../lib/world/store/migrate.js';
import { freshDatabase, prepareTemplate } from '../../support/database.js';

export type FreshDatabase = Awaited<ReturnType<typeof freshDatabase>>;

/** Runs statements on a connection of their own. */
export const query = async <Row extends object = Record<string, unknown>>(
  connection: Connection,
  ...statements: string[]
): Promise<Row[]> => {
  const client = new Client({ ...connection, ssl: false });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
};

/** A database with every table and no row. */
export const migratedDatabase = async (): Promise<FreshDatabase> => {
  await prepareTemplate(async connection => {
    await migrate(connection);
  });
  return freshDatabase();
};

/** A database with nothing in it. */
export const emptyDatabase = async (): Promise<FreshDatabase> => {
  const database = await freshDatabase();
  await query(database.connection, 'drop schema public cascade', 'create schema public');
  return database;
};

/** A store with three markets and a backtest under way. */
export interface Scene {
  readonly database: FreshDatabase;
  readonly store: Store;
  readonly markets: readonly StoredMarket[];
  readonly ids: readonly number[];
  readonly configurationId: number;
  readonly run: RunHandle;
  close(): Promise<void>;
}

export const SYMBOLS = ['AAA/USD', 'BBB/USD', 'CCC/USD'];

export const configuration = (letter: string) => ({
  settings: undefined as never, // never stored
  document: { letter },
  hash: letter.repeat(64),
});

export const openScene = async (): Promise<Scene> => {
  const database = await migratedDatabase();
  const store = await openStore(database.connection, { poolSize: 3 });
  const markets = await store.ensureMarkets(SYMBOLS);
  const run = await store.startRun(backtest());
  return {
    database,
    store,
    markets,
    ids: markets.map(({ id }) => id),
    configurationId: run.configurationId,
    run,
    close: async () => {
      await store.close();
      await database.drop();
    },
  };
};

export const backtest = (startsWith: Pick<Configuration, 'document' | 'hash'> = configuration('a')) => ({
  mode: 'backtest' as const,
  marketSource: 'store' as const,
  codeVersion: 'test',
  symbols: SYMBOLS,
  configuration: startsWith,
  initialBalance: 10_000,
});
