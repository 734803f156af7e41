import type { ClientBase } from 'pg';
import type { Market } from '../../../market.js';
import type { EpochMs } from '../../../units.js';

/** A market with how far back its candles go. */
export interface MarketExtent {
  readonly id: number;
  readonly market: Market;
  /** Of its coin; null where it is not known. */
  readonly sector: string | null;
  /** Open time of its first candle; NaN if there is none. */
  readonly firstCandleAt: EpochMs;
  /** Whether any candle is in the period that was asked for. */
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

/** The symbols of the markets of which any candle is stored, sorted. */
export const storedSymbols = async (client: ClientBase): Promise<readonly string[]> =>
  (await marketExtents(client, { from: 0, to: 0 }))
    .filter(({ firstCandleAt }) => !Number.isNaN(firstCandleAt))
    .map(({ market }) => market.symbol);
