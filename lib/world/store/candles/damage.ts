import type { ClientBase } from 'pg';
import type { DamagedDay } from '../../../report/coverage.js';
import { damageOf, type Damage, type Minutes } from '../../../market-data/damage.js';
import { INFERRED, REPORTED } from './known.js';
import { DAY, msOf, NAMED, type CoveragePeriod } from './quality.js';

const seconds = (stretches: readonly Minutes[], end: keyof Minutes): readonly number[] =>
  stretches.map(stretch => stretch[end] / 1_000);
const MINUTES = `extract(epoch FROM first_at)::float8 * 1000 AS "from", extract(epoch FROM last_at)::float8 * 1000 AS "to"`;
const time = (name: string): string => `to_timestamp(${name}::float8 / 1000)`;

const KEEP = `
  INSERT INTO damaged_minutes (cryptocurrency_id, first_at, last_at)
  SELECT $1, to_timestamp(first), to_timestamp(last) FROM unnest($2::float8[], $3::float8[]) AS found (first, last)
  ON CONFLICT DO NOTHING RETURNING ${MINUTES}`;
const ANY_INFERRED = `SELECT FROM market_data WHERE cryptocurrency_id = $1 AND timestamp >= ${time('$2')} AND ${INFERRED} LIMIT 1`;
// Up to the next reported row: the minutes missing before it are no longer known to be quiet.
const WITHDRAW = `
  DELETE FROM market_data WHERE cryptocurrency_id = $1 AND timestamp >= ${time('$2')} AND ${INFERRED} AND timestamp < coalesce(
    (SELECT timestamp FROM market_data WHERE cryptocurrency_id = $1 AND timestamp >= ${time('$3')} AND ${REPORTED} ORDER BY timestamp LIMIT 1),
    'infinity')`;

/**
 * Stores damaged minutes of a market, within the caller's transaction. Minutes that an earlier
 * import inferred as quiet, and that are no longer known to be, are removed. Returns their number.
 */
export const keepDamage = async (client: ClientBase, marketId: number, found: readonly Minutes[]): Promise<number> => {
  if (found.length === 0) return 0;
  const { rows: fresh } = await client.query<Minutes>(KEEP, [marketId, seconds(found, 'from'), seconds(found, 'to')]);
  if (fresh.length === 0) return 0;
  const first = fresh.reduce((least, { from }) => Math.min(least, from), Infinity);
  if (!(await client.query(ANY_INFERRED, [marketId, first])).rowCount) return 0;
  let withdrawn = 0;
  for (const { from, to } of fresh) withdrawn += (await client.query(WITHDRAW, [marketId, from, to])).rowCount ?? 0;
  return withdrawn;
};

/** The damaged minutes of a market, from all imports. */
export const readDamage = async (client: ClientBase, marketId: number): Promise<Damage> =>
  damageOf(
    (await client.query<Minutes>(`SELECT ${MINUTES} FROM damaged_minutes WHERE cryptocurrency_id = $1`, [marketId]))
      .rows,
  );

const DAYS = `
  WITH damaged AS (
    SELECT cryptocurrency_id, unnest(range_agg(tstzrange(first_at, last_at + interval '1 minute'))) AS minutes
    FROM damaged_minutes GROUP BY cryptocurrency_id),
  expected AS (
    SELECT cryptocurrency_id, minutes * tstzrange(
      coalesce(to_timestamp($1::float8 / 1000), (SELECT min(timestamp) FROM market_data AS own WHERE own.cryptocurrency_id = damaged.cryptocurrency_id)),
      coalesce(to_timestamp($2::float8 / 1000), (SELECT max(timestamp) FROM market_data AS own WHERE own.cryptocurrency_id = damaged.cryptocurrency_id))) AS minutes
    FROM damaged),
  by_day AS (
    SELECT cryptocurrency_id, day, minutes * tstzrange(day, day + interval '1 day') AS minutes
    FROM expected, generate_series(${DAY.replace('timestamp', 'lower(minutes)')}, upper(minutes) - interval '1 minute', '1 day') AS day
    WHERE NOT isempty(minutes))
  SELECT symbol, ${msOf('day')} AS day, sum(extract(epoch FROM upper(minutes) - lower(minutes)) / 60 -
    (SELECT count(*) FROM market_data AS there WHERE there.cryptocurrency_id = by_day.cryptocurrency_id
     AND timestamp >= lower(minutes) AND timestamp < upper(minutes)))::float8 AS damaged
  FROM by_day ${NAMED} GROUP BY symbol, day`;

/**
 * The number of missing damaged minutes per market and day of a period; an open end reaches as far
 * as the market is stored. Days without any are left out.
 */
export const damagedDays = async (
  client: ClientBase,
  { from, to }: Pick<CoveragePeriod, 'from' | 'to'>,
): Promise<readonly DamagedDay[]> =>
  (await client.query<DamagedDay>(DAYS, [from ?? null, to ?? null])).rows.filter(({ damaged }) => damaged > 0);
