import type { ClientBase } from 'pg';
import type { EpochMs } from '../../../units.js';
import { ENTER_MARKETS, marketRows } from '../reference.js';

/**
 * Makes the partitions for candles that open from `from` to `to`, both inclusive. Takes locks: not
 * inside a long transaction.
 */
export const ensurePartitions = async (client: ClientBase, from: EpochMs, to: EpochMs): Promise<void> => {
  await client.query('SELECT ensure_market_data_partitions(to_timestamp($1), to_timestamp($2))', [
    from / 1_000,
    to / 1_000 + 60,
  ]);
};

/**
 * The id of a market, entered if it is new, and locked until the caller's transaction ends: two
 * imports of one market wait for each other, since each reads the stored rows next to its own.
 */
export const lockMarket = async (client: ClientBase, symbol: string): Promise<number> => {
  const find = async () => {
    const { rows } = await client.query<{ id: number }>(
      'SELECT id FROM cryptocurrency WHERE symbol = $1 FOR NO KEY UPDATE',
      [symbol],
    );
    return rows[0]?.id;
  };
  const id = await find();
  if (id !== undefined) return id;
  await client.query(ENTER_MARKETS.pg, [marketRows([symbol])]);
  return (await find())!;
};
