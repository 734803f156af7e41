import type { Client } from 'pg';
import type { TradeStretch } from '../../../market-data/trade-minutes.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../../../units.js';
import type { Connection } from '../../database/index.js';
import { byMonth } from './months.js';
import { conditionOf, DAY, msOf, NAMED, type CoveragePeriod } from './quality.js';

/** Minutes of a market that are missing between two stored ones. */
export interface Gap extends TradeStretch {
  readonly symbol: string;
}

/** A market's stored minutes of a UTC day. */
interface Day {
  readonly symbol: string;
  readonly id: number;
  /** 00:00 UTC. */
  readonly day: EpochMs;
  /** Open times. */
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly present: number;
}

const daysOf = (period: CoveragePeriod): string => `
  SELECT symbol, cryptocurrency.id, ${msOf('day')} AS day, ${msOf('first')} AS first, ${msOf('last')} AS last, present FROM (
    SELECT cryptocurrency_id, ${DAY} AS day, min(timestamp) AS first, max(timestamp) AS last, count(*)::int AS present
    FROM market_data WHERE ${conditionOf(period)} GROUP BY cryptocurrency_id, ${DAY}) AS counted ${NAMED}`;
const WITHIN_DAYS = `
  SELECT symbol, ${msOf('before')} + 60000 AS "from", ${msOf('at')} AS "to"
  FROM unnest($1::int[], $2::float8[]) AS asked (id, day) JOIN cryptocurrency USING (id), LATERAL (
    SELECT timestamp AS at, lag(timestamp) OVER (ORDER BY timestamp) AS before FROM market_data
    WHERE cryptocurrency_id = id AND timestamp >= to_timestamp(day / 1000) AND timestamp < to_timestamp(day / 1000) + interval '1 day') AS walked
  WHERE at - before > interval '1 minute'`;
const GONE = `
  SELECT symbol, array_agg(${msOf('day')} ORDER BY day) AS days
  FROM market_quality ${NAMED} GROUP BY symbol`;

/** The parts of a gap outside of some days, which ascend. */
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

const byMarketAndTime = (a: Gap, b: Gap): number =>
  a.symbol === b.symbol ? a.from - b.from : a.symbol < b.symbol ? -1 : 1;

/** The minutes missing between the last minute of a day and the first of the market's next. */
const betweenDays = (days: readonly Day[]): readonly Gap[] => {
  const lastOf = new Map<string, EpochMs>();
  return days
    .toSorted((a, b) => a.day - b.day)
    .flatMap(({ symbol, first: to, last }) => {
      const from = (lastOf.get(symbol) ?? Infinity) + MINUTE_MS;
      lastOf.set(symbol, last);
      return from < to ? [{ symbol, from, to }] : [];
    });
};

/**
 * Every gap of these markets, of all of them for null, by symbol and time; days whose minutes were
 * dropped do not count as gaps. One pass over their rows, which counts days; only incomplete days
 * are walked by minute.
 */
export const readGaps = async (
  connection: Connection,
  client: Client,
  symbols: readonly string[] | null,
): Promise<readonly Gap[]> => {
  const days = await byMonth<Day>(connection, client, symbols ? { symbols } : {}, daysOf);
  const broken = days.filter(({ first, last, present }) => (last - first) / MINUTE_MS + 1 > present);
  const { rows: within } = await client.query<Gap>(WITHIN_DAYS, [
    broken.map(({ id }) => id),
    broken.map(({ day }) => day),
  ]);
  const { rows } = await client.query<{ symbol: string; days: readonly EpochMs[] }>(GONE);
  const gone = new Map(rows.map(each => [each.symbol, each.days]));
  return [...betweenDays(days), ...within]
    .sort(byMarketAndTime)
    .flatMap(gap => outside(gap, gone.get(gap.symbol) ?? []));
};
