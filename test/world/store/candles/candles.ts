import { Client } from 'pg';
import { CandleColumns, type Candles } from '../../../../lib/market-data/candles.js';
import { MINUTE_MS } from '../../../../lib/units.js';
import type { Connection } from '../../../../lib/world/database/index.js';
import { migrate } from '../../../../lib/world/store/migrate.js';
import { ensurePartitions, lockMarket } from '../../../../lib/world/store/candles/market.js';
import { freshDatabase, prepareTemplate } from '../../../support/database.js';

/** 2024-01-31 23:00 UTC: an hour later is another month, and so another partition. */
export const START = Date.UTC(2024, 0, 31, 23, 0);

/** A migrated database of its own with an open connection to it, and partitions for two months. */
export const openScratch = async (): Promise<{
  readonly client: Client;
  readonly connection: Connection;
  readonly close: () => Promise<void>;
}> => {
  await prepareTemplate(async connection => {
    await migrate(connection);
  });
  const database = await freshDatabase();
  const client = new Client({ ...database.connection, ssl: false });
  await client.connect();
  await ensurePartitions(client, START, START + 86_400_000);
  return {
    client,
    connection: database.connection,
    close: async () => {
      await client.end();
      await database.drop();
    },
  };
};

export const marketIn = (client: Client, symbol: string): Promise<number> => lockMarket(client, symbol);

/**
 * A candle by the minute since `START`: its close (the other prices are near it), or quiet at a
 * close.
 */
export interface Row {
  readonly minute: number;
  readonly close: number;
  readonly volume?: number;
  readonly trades?: number;
  readonly vwap?: number;
  readonly quiet?: boolean;
  readonly suspect?: boolean;
}

export const candlesOf = (rows: readonly Row[]): Candles => {
  const candles = new CandleColumns();
  for (const { minute, close, volume = 2, trades = 3, vwap, quiet, suspect } of rows) {
    const at = START + minute * MINUTE_MS;
    const row = quiet
      ? candles.push(at, close, close, close, close, 0, trades)
      : candles.push(at, close, close + 1, close / 2, close, volume, trades, vwap);
    candles.quiet[row] = quiet ? 1 : 0;
    candles.suspect[row] = suspect ? 1 : 0;
  }
  return candles;
};

/** Runs in a transaction that is committed. */
export const within = async <T>(client: Client, act: () => Promise<T>): Promise<T> => {
  await client.query('BEGIN');
  try {
    const result = await act();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
};

/**
 * What is stored of a market, as `minute:close` with `q` for quiet, `!` for suspect and `'` for
 * revised.
 */
export const stored = async (client: Client, id: number): Promise<string> => {
  const { rows } = await client.query<{ text: string | null }>(
    `SELECT string_agg((extract(epoch FROM timestamp) - $2) / 60 || ':' || close || CASE WHEN quiet THEN 'q' ELSE '' END
       || CASE WHEN suspect THEN '!' ELSE '' END || CASE WHEN revised_at IS NOT NULL THEN '''' ELSE '' END, ' ' ORDER BY timestamp) AS text
     FROM market_data WHERE cryptocurrency_id = $1`,
    [id, START / 1_000],
  );
  return (rows[0]!.text ?? '').replace(/\.0+(?=:)/g, '');
};
