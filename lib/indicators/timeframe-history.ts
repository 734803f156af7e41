import { MINUTE_MS } from '../units.js';
import type { PriceBars } from './kernel.js';

/** Stored candles of a higher timeframe: closed ones as columns, ascending, holes allowed. */
export interface HigherCandles extends PriceBars {
  /** Open times (`EpochMs`), whole multiples of the timeframe. */
  readonly at: Float64Array;
}

/**
 * The stored candles of a market (by its lane) in a timeframe of `minutes`, which stand for the time
 * before its 1-minute candles; null if there are none. Called when a series starts.
 */
export type TimeframeHistory = (market: number, minutes: number) => HigherCandles | null;

/**
 * The place of the first candle that opens at or after the start of a bucket (counted from the
 * epoch in candles of the timeframe).
 */
const placeOf = (at: Float64Array, minutes: number, bucket: number): number => {
  const time = bucket * minutes * MINUTE_MS;
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * Places `from` (inclusive) to `to` (exclusive) of the candles that end where a bucket begins, back
 * to the first hole.
 */
export const joining = ({ at }: HigherCandles, minutes: number, bucket: number): { from: number; to: number } => {
  const to = placeOf(at, minutes, bucket);
  let from = to;
  for (let time = bucket - 1; from > 0 && at[from - 1] === time * minutes * MINUTE_MS; time--) from--;
  return { from, to };
};

/** The place of a bucket's candle; -1 if it is not stored. */
export const ofBucket = ({ at }: HigherCandles, minutes: number, bucket: number): number => {
  const place = placeOf(at, minutes, bucket);
  return at[place] === bucket * minutes * MINUTE_MS ? place : -1;
};

/**
 * Stored candles by market id, then by timeframe, as those of the lanes of `ids`; undefined if
 * there are none at all.
 */
export const timeframeHistoryOf = (
  known: ReadonlyMap<number, ReadonlyMap<number, HigherCandles>>,
  ids: readonly number[],
): TimeframeHistory | undefined =>
  known.size === 0 ? undefined : (market, minutes) => known.get(ids[market]!)?.get(minutes) ?? null;

/**
 * Candles of a higher timeframe that are kept before a series: enough for the latest values to
 * forget the rest (semantics §2).
 */
export const HISTORY_CANDLES = 720;
