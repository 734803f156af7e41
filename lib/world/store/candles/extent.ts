import type { ClientBase } from 'pg';
import type { Market } from '../../../market.js';
import type { EpochMs } from '../../../units.js';

/** A market with the start of its candles. */
export interface MarketExtent {
  readonly id: number;
  readonly market: Market;
  /** The sector of its coin; null if unknown. */
  readonly sector: string | null;
  /** Open time of its first candle; NaN if there is none. */
  readonly firstCandleAt: EpochMs;
  /** Whether it has any candle in the requested period. */
  readonly inPeriod: boolean;
}

interface Row extends Market {
  readonly id: number;
  readonly sector: string | null;
  readonly first: number | null;
  readonly inPeriod: boolean;
}

const SELECT = `
  SELECT id, symbol, base, quote, sector, amount_step::float8 AS "amountStep",
         minimum_amount::float8 AS "minimumAmount", minimum_cost::float8 AS "minimumCost",
         (SELECT extract(epoch FROM min(timestamp))::float8 * 1000 FROM market_data WHERE cryptocurrency_id = id) AS first,
         EXISTS (SELECT FROM market_data WHERE cryptocurrency_id = id
                 AND timestamp >= to_timestamp($1) AND timestamp < to_timestamp($2)) AS "inPeriod"
  FROM cryptocurrency`;

/** Every market, sorted by symbol, with its extent: from the indexes alone. */
export const marketExtents = async (
  client: ClientBase,
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<readonly MarketExtent[]> => {
  const { rows } = await client.query<Row>(SELECT, [from / 1000, to / 1000]);
  return rows
    .map(({ id, sector, first, inPeriod, ...market }) => ({
      id,
      market,
      sector,
      firstCandleAt: first ?? NaN,
      inPeriod,
    }))
    .sort((a, b) => (a.market.symbol < b.market.symbol ? -1 : 1));
};

/** The symbols of the markets with stored candles, sorted. */
export const storedSymbols = async (client: ClientBase): Promise<readonly string[]> =>
  (await marketExtents(client, { from: 0, to: 0 }))
    .filter(({ firstCandleAt }) => !Number.isNaN(firstCandleAt))
    .map(({ market }) => market.symbol);

/**
 * Open times of the first and the last minute of some markets, dropped ones included; null if there
 * is none.
 */
export const storedSpan = async (
  client: ClientBase,
  symbols: readonly string[],
): Promise<{ readonly first: EpochMs; readonly last: EpochMs } | null> => {
  const { rows } = await client.query<{ first: number | null; last: number | null }>(
    `SELECT extract(epoch FROM min(least(first, gone.first_at)))::float8 * 1000 AS first,
       extract(epoch FROM max(greatest(last, gone.last_at)))::float8 * 1000 AS last
     FROM (SELECT id, (SELECT min(timestamp) FROM market_data WHERE cryptocurrency_id = id) AS first,
         (SELECT max(timestamp) FROM market_data WHERE cryptocurrency_id = id) AS last
       FROM cryptocurrency WHERE symbol = ANY ($1)) AS stored
     LEFT JOIN market_quality AS gone ON gone.cryptocurrency_id = id`,
    [symbols],
  );
  const { first = null, last = null } = rows[0] ?? {};
  return first === null || last === null ? null : { first, last };
};

/** The stored minutes of a market, gaps included. */
export interface StoredExtent {
  readonly id: number;
  readonly symbol: string;
  /** The sector of its coin; null if unknown. */
  readonly sector: string | null;
  /** Open times of the first and the last stored minute. */
  readonly first: EpochMs;
  readonly last: EpochMs;
}

/** The extents of those of some markets that have stored candles, sorted by symbol. */
export const storedExtents = async (
  client: ClientBase,
  symbols: readonly string[],
): Promise<readonly StoredExtent[]> => {
  const { rows } = await client.query<StoredExtent>(
    `SELECT * FROM (SELECT id, symbol, sector,
         (SELECT extract(epoch FROM min(timestamp))::float8 * 1000 FROM market_data WHERE cryptocurrency_id = id) AS first,
         (SELECT extract(epoch FROM max(timestamp))::float8 * 1000 FROM market_data WHERE cryptocurrency_id = id) AS last
       FROM cryptocurrency WHERE symbol = ANY ($1)) AS stored
     WHERE first IS NOT NULL ORDER BY symbol COLLATE "C"`,
    [symbols],
  );
  return rows;
};
