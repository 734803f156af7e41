import type { StoredStretch } from '../../../market-data/timeframe-history.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import type { Query } from './timeframes.js';

/**
 * By market id: its last stored minutes without a gap, back to `from` at most; missing if nothing
 * is stored since.
 */
export const lastStretches = async (
  query: Query,
  ids: readonly number[],
  from: EpochMs,
): Promise<ReadonlyMap<number, StoredStretch>> => {
  const rows = (await query(`
    select id, first, last from unnest('{${ids.join(',')}}'::int[]) as id, lateral (
      select extract(epoch from max(at) filter (where at - before is distinct from interval '1 minute'))::float8 * 1000 as first,
        extract(epoch from max(at))::float8 * 1000 as last
      from (select "timestamp" as at, lag("timestamp") over (order by "timestamp") as before from market_data
        where cryptocurrency_id = id and "timestamp" >= '${new Date(from).toISOString()}'::timestamptz) as walked) as stretch
    where last is not null`)) as readonly { id: number; first: number; last: number }[];
  return new Map(rows.map(({ id, first, last }) => [id, { from: first, to: last + MINUTE_MS }]));
};
