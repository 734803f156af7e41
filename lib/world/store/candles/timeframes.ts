import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { TimeframeCandle } from '../../../../entities/timeframe-candle.js';
import type { HigherCandles } from '../../../indicators/timeframe-history.js';
import type { EpochMs, Price, SizeBase } from '../../../units.js';
import { insertRows } from '../bulk.js';

/** A closed candle of a higher timeframe. */
export interface TimeframeRow {
  /** Open time, a whole multiple of the timeframe. */
  readonly at: EpochMs;
  readonly open: Price;
  readonly high: Price;
  readonly low: Price;
  readonly close: Price;
  readonly volume: SizeBase;
}

/**
 * Stores candles of a market's timeframe within the transaction of `em`; stored candles do not
 * change.
 */
export const writeTimeframeCandles = async (
  em: SqlEntityManager,
  marketId: number,
  minutes: number,
  candles: readonly TimeframeRow[],
): Promise<void> => {
  const rows = candles.map(({ at, open, high, low, close, volume }) => ({
    cryptocurrencyId: marketId,
    minutes,
    timestamp: new Date(at),
    open,
    high,
    low,
    close,
    volume,
  }));
  await insertRows(em, TimeframeCandle, rows, 'on conflict do nothing');
};

/** Runs SQL without values: on a bulk connection or on the store's own. */
export type Query = (sql: string) => Promise<readonly object[]>;

/** Selects stored candles of higher timeframes. */
export interface TimeframeOrder {
  /** Of the markets. */
  readonly ids: readonly number[];
  readonly timeframes: readonly number[];
  /** Inclusive. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** Stored candles by market id, then by timeframe; missing if there are none. */
export type StoredTimeframes = ReadonlyMap<number, ReadonlyMap<number, HigherCandles>>;

interface Series {
  readonly id: number;
  readonly minutes: number;
  readonly at: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
}

const list = (numbers: readonly number[]) => `'{${numbers.join(',')}}'::int[]`;
const time = (at: EpochMs) => `'${new Date(at).toISOString()}'::timestamptz`;

/** Reads candles of higher timeframes that open in a period. */
export const readTimeframeCandles = async (
  query: Query,
  { ids, timeframes, from, to }: TimeframeOrder,
): Promise<StoredTimeframes> => {
  const rows = (await query(`
    select cryptocurrency_id as id, minutes, array_agg(extract(epoch from "timestamp")::float8 * 1000 order by "timestamp") as at,
      array_agg(high order by "timestamp") as high, array_agg(low order by "timestamp") as low,
      array_agg(close order by "timestamp") as close
    from timeframe_candle where cryptocurrency_id = any(${list(ids)}) and minutes = any(${list(timeframes)})
      and "timestamp" >= ${time(from)} and "timestamp" < ${time(to)}
    group by cryptocurrency_id, minutes`)) as readonly Series[];
  const stored = new Map<number, Map<number, HigherCandles>>();
  for (const { id, minutes, at, high, low, close } of rows) {
    const [open, top, bottom, last] = [at, high, low, close].map(column => Float64Array.from(column));
    const market = stored.get(id) ?? new Map<number, HigherCandles>();
    stored.set(id, market.set(minutes, { at: open!, high: top!, low: bottom!, close: last! }));
  }
  return stored;
};

/**
 * Open time of the first candle of any timeframe, the minute included, by market id, from the
 * indexes alone; missing if there is no candle.
 */
export const readFirstKnown = async (query: Query, ids: readonly number[]): Promise<ReadonlyMap<number, EpochMs>> => {
  const rows = (await query(`
    select id, extract(epoch from least(
      (select min("timestamp") from market_data where cryptocurrency_id = id),
      (select min(first) from (select distinct minutes from timeframe_candle where cryptocurrency_id = id) as timeframe,
        lateral (select min("timestamp") as first from timeframe_candle as candle
          where candle.cryptocurrency_id = id and candle.minutes = timeframe.minutes) as firsts)))::float8 * 1000 as first
    from unnest(${list(ids)}) as id`)) as readonly { id: number; first: number | null }[];
  return new Map(rows.flatMap(({ id, first }) => (first === null ? [] : [[id, first]])));
};
