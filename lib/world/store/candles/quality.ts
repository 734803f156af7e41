import type { ClientBase } from 'pg';
import type { EpochMs } from '../../../units.js';

/** 00:00 UTC of a minute's day. */
export const DAY = `date_bin('1 day', timestamp, 'epoch')`;

/** Joins the `symbol` of a market to rows with its `cryptocurrency_id`. */
export const NAMED = 'JOIN cryptocurrency ON cryptocurrency.id = cryptocurrency_id';

/** Milliseconds since the epoch, as a number. */
export const msOf = (moment: string): string => `extract(epoch FROM ${moment})::float8 * 1000`;

const LAG = `extract(epoch FROM decided_at - timestamp - interval '1 minute')::float8 * 1000`;

// Only for the exchange's own candles: imported minutes are many.
const UNCONFIRMED = `CASE WHEN source = 'ohlc' THEN NOT EXISTS (
    SELECT FROM confirmed_stretch AS confirmed WHERE confirmed.cryptocurrency_id = minute.cryptocurrency_id
      AND from_at <= minute.timestamp AND until_at > minute.timestamp) ELSE false END`;

/**
 * Quality of the minutes of a table (`market_data` or a partition of it) that meet a condition, by
 * market and UTC day, and the delay of the decisions on them. One pass: the columns
 * `cryptocurrency_id, day, first_at, last_at, present, quiet, suspect, revised, filled, late,
 * decided, lag_median_ms, lag_p99_ms, unconfirmed`.
 */
export const countsOf = (table: string, condition: string): string => `
  SELECT cryptocurrency_id, day, first_at, last_at, present, quiet, suspect, revised, filled, late, decided,
    lag[1] AS lag_median_ms, lag[2] AS lag_p99_ms, unconfirmed
  FROM (SELECT cryptocurrency_id, ${DAY} AS day, min(timestamp) AS first_at, max(timestamp) AS last_at,
      count(*)::int AS present, count(*) FILTER (WHERE quiet)::int AS quiet, count(*) FILTER (WHERE suspect)::int AS suspect,
      count(revised_at)::int AS revised, count(*) FILTER (WHERE source = 'trades')::int AS filled,
      CASE WHEN NOT EXISTS (SELECT FROM run WHERE mode = 'simulated')
        THEN count(*) FILTER (WHERE source = 'ohlc' AND received_at > timestamp + interval '6 minutes')::int END AS late,
      count(*) FILTER (WHERE ${UNCONFIRMED})::int AS unconfirmed,
      count(decided_at)::int AS decided, array_agg(${LAG}) FILTER (WHERE decided_at IS NOT NULL) AS lags
    FROM ${table} AS minute WHERE ${condition} GROUP BY cryptocurrency_id, ${DAY}) AS counted,
  LATERAL (SELECT percentile_cont(array[0.5, 0.99]) WITHIN GROUP (ORDER BY one) AS lag FROM unnest(lags) AS one) AS decided_after`;

/** A part of the store; default all of it. */
export interface CoveragePeriod {
  readonly symbols?: readonly string[];
  /** Inclusive. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
}

/**
 * A period as a condition on `timestamp` and on the market, whose symbols are `$1` if any are
 * named.
 */
export const conditionOf = ({ symbols, from, to }: CoveragePeriod, timestamp = 'timestamp'): string =>
  [
    symbols && `cryptocurrency_id IN (SELECT id FROM cryptocurrency WHERE symbol = ANY($1))`,
    from !== undefined && `${timestamp} >= '${new Date(from).toISOString()}'`,
    to !== undefined && `${timestamp} < '${new Date(to).toISOString()}'`,
  ]
    .filter(Boolean)
    .join(' AND ') || 'true';

const KEPT = [
  'first_at',
  'last_at',
  'present',
  'quiet',
  'suspect',
  'revised',
  'filled',
  'late',
  'decided',
  'lag_median_ms',
  'lag_p99_ms',
  'unconfirmed',
];

/**
 * Stores the quality of a partition's minutes in `market_quality` before they are dropped. If a day
 * was stored before and some of its minutes have returned, the more complete values stay. Returns
 * the number of market days stored.
 */
export const keepDays = async (client: ClientBase, partition: string): Promise<number> => {
  const { rows } = await client.query<{ days: number }>(`
    WITH counted AS (${countsOf(`"${partition}"`, 'true')}),
    kept AS (INSERT INTO market_quality AS kept (cryptocurrency_id, day, ${KEPT.join(', ')})
      SELECT cryptocurrency_id, day, ${KEPT.join(', ')} FROM counted
      WHERE cryptocurrency_id IN (SELECT id FROM cryptocurrency)
      ON CONFLICT (cryptocurrency_id, day) DO UPDATE SET ${KEPT.map(name => `${name} = excluded.${name}`).join(', ')}
      WHERE excluded.present >= kept.present)
    SELECT count(*)::int AS days FROM counted`);
  return rows[0]!.days;
};
