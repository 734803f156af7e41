import type { ClientBase } from 'pg';
import type { Stretch } from '../../../download/trade-minutes.js';
import { DAY_MS, type EpochMs } from '../../../units.js';
import { msOf } from './quality.js';

/** Minutes of a market that are not stored, between two that are. */
export interface Gap extends Stretch {
  readonly symbol: string;
}

const SELECT = `
  SELECT symbol, extract(epoch FROM before)::float8 * 1000 + 60000 AS "from", extract(epoch FROM at)::float8 * 1000 AS "to"
  FROM cryptocurrency, LATERAL (
    SELECT timestamp AS at, lag(timestamp) OVER (ORDER BY timestamp) AS before FROM market_data
    WHERE cryptocurrency_id = cryptocurrency.id) AS walked
  WHERE at - before > interval '1 minute' AND ($1::text[] IS NULL OR symbol = ANY($1))
  ORDER BY symbol COLLATE "C", at`;
const GONE = `
  SELECT symbol, array_agg(${msOf('day')} ORDER BY day) AS days
  FROM market_quality JOIN cryptocurrency ON cryptocurrency.id = cryptocurrency_id GROUP BY symbol`;

/** What of a gap lies outside of some days, which ascend. */
const outside = (gap: Gap, days: readonly EpochMs[]): readonly Gap[] => {
  const parts: Gap[] = [];
  let { from } = gap;
  for (const day of days) {
    if (day + DAY_MS <= from || day >= gap.to) continue;
    if (day > from) parts.push({ ...gap, from, to: day });
    from = day + DAY_MS;
  }
  return from < gap.to ? [...parts, { ...gap, from }] : parts;
};

/**
 * Every gap of these markets, of all of them for null, by symbol and time; days whose minutes have left the database are none.
 * One pass over their rows.
 */
export const readGaps = async (client: ClientBase, symbols: readonly string[] | null): Promise<readonly Gap[]> => {
  const { rows: gaps } = await client.query<Gap>(SELECT, [symbols]);
  const { rows } = await client.query<{ symbol: string; days: readonly EpochMs[] }>(GONE);
  const gone = new Map(rows.map(({ symbol, days }) => [symbol, days]));
  return gaps.flatMap(gap => outside(gap, gone.get(gap.symbol) ?? []));
};
