import type { ClientBase } from 'pg';
import type { EpochMs } from '../../../units.js';

/** How far back a market's candles go, and whether any is in the period. */
export interface Extent {
  /** Open time of the market's first candle; NaN if there is none. */
  readonly first: EpochMs;
  readonly inPeriod: boolean;
}

const SELECT = `
  SELECT id,
         (SELECT extract(epoch FROM min(timestamp))::float8 * 1000 FROM market_data WHERE cryptocurrency_id = id) AS first,
         EXISTS (SELECT FROM market_data WHERE cryptocurrency_id = id
                 AND timestamp >= to_timestamp($2) AND timestamp < to_timestamp($3)) AS "inPeriod"
  FROM unnest($1::int[]) AS id`;

/** The extent of each market by its id, from the indexes alone. */
export const extentsOf = async (
  client: ClientBase,
  ids: readonly number[],
  { from, to }: { readonly from: EpochMs; readonly to: EpochMs },
): Promise<ReadonlyMap<number, Extent>> => {
  const { rows } = await client.query<{ id: number; first: number | null; inPeriod: boolean }>(SELECT, [
    ids,
    from / 1000,
    to / 1000,
  ]);
  return new Map(rows.map(({ id, first, inPeriod }) => [id, { first: first ?? NaN, inPeriod }]));
};
