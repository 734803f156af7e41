import { MINUTE_MS, type EpochMs } from '../units.js';

/** Why a row is not a candle, in the order of the checks. */
export const BAD_ROW_REASONS = {
  time: 'the time is not a whole minute',
  early: 'the time is before the first bitcoin',
  future: 'the minute is not over yet',
  price: 'a price is not a number above 0',
  high: 'the high is under the open or the close',
  low: 'the low is over the open or the close',
  volume: 'the volume is not a number of 0 or more',
  trades: 'the number of trades is not a whole number of 0 or more',
} as const;
/** Key of `BAD_ROW_REASONS`. */
export type BadRowReason = keyof typeof BAD_ROW_REASONS;

/** 2009-01-03: there are no older candles of any coin. */
export const FIRST_CANDLE = Date.UTC(2009, 0, 3);

const isPrice = (price: number): boolean => price > 0 && price < Infinity;
/** Upper limit of the column `trade_count`. */
const MAX_TRADES = 2 ** 31 - 1;

/**
 * The first reason why a row must not be stored (semantics §1), or null. Numbers may be NaN or
 * infinite; `trades` is NaN if unknown. A row is in the future until its minute is over at `now`.
 * When reading a file, rows before `earliest` are rejected, since a single one would open
 * partitions for decades.
 */
export const badRow = (
  at: EpochMs,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  trades: number,
  now: EpochMs,
  earliest: EpochMs = 0,
): BadRowReason | null => {
  if (at % MINUTE_MS !== 0) return 'time'; // NaN as well
  if (at < earliest) return 'early';
  if (at + MINUTE_MS > now) return 'future';
  if (!isPrice(open) || !isPrice(high) || !isPrice(low) || !isPrice(close)) return 'price';
  if (high < open || high < close) return 'high';
  if (low > open || low > close) return 'low';
  if (!(volume >= 0 && volume < Infinity)) return 'volume';
  if (!Number.isNaN(trades) && !(Number.isInteger(trades) && trades >= 0 && trades <= MAX_TRADES)) return 'trades';
  return null;
};

/** Whether a row reports a minute without trades. */
export const isQuiet = (volume: number, trades: number): boolean => volume === 0 && !(trades > 0);
