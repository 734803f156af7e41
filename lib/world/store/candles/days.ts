import type { ClientBase } from 'pg';
import type { DayCounts } from '../../../report/coverage.js';
import type { CoveragePeriod } from './coverage.js';

const SELECT = `
  SELECT symbol, days.* FROM cryptocurrency JOIN (
    SELECT cryptocurrency_id, extract(epoch FROM date_bin('1 day', timestamp, 'epoch'))::float8 * 1000 AS day,
           extract(epoch FROM min(timestamp))::float8 * 1000 AS first, extract(epoch FROM max(timestamp))::float8 * 1000 AS last,
           count(*)::int AS present, count(*) FILTER (WHERE quiet)::int AS quiet, count(*) FILTER (WHERE suspect)::int AS suspect,
           count(revised_at)::int AS revised, count(*) FILTER (WHERE source = 'trades')::int AS filled,
           CASE WHEN NOT EXISTS (SELECT FROM run WHERE mode = 'simulated')
             THEN count(*) FILTER (WHERE source = 'ohlc' AND received_at > timestamp + interval '6 minutes')::int END AS late
    FROM market_data WHERE PERIOD GROUP BY cryptocurrency_id, date_bin('1 day', timestamp, 'epoch')) AS days
  ON days.cryptocurrency_id = cryptocurrency.id ORDER BY symbol COLLATE "C", day`;

/** What is stored of each market and UTC day, by symbol and day; days without a stored minute do not come. One pass over the period's rows. */
export const dayCounts = async (
  client: ClientBase,
  { symbols, from, to }: CoveragePeriod,
): Promise<readonly DayCounts[]> => {
  const period = [
    symbols && `cryptocurrency_id IN (SELECT id FROM cryptocurrency WHERE symbol = ANY($1))`,
    from !== undefined && `timestamp >= '${new Date(from).toISOString()}'`,
    to !== undefined && `timestamp < '${new Date(to).toISOString()}'`,
  ].filter(Boolean);
  const { rows } = await client.query<DayCounts>(
    SELECT.replace('PERIOD', period.join(' AND ') || 'true'),
    symbols ? [symbols] : [],
  );
  return rows;
};
