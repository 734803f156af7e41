import { ExchangeFailure } from '../exchange/failure.js';
import { cellsOf, decimalOf, isRecord, positiveOf } from '../exchange/numbers.js';
import { BOOK_AGE_MS, checkedLevel, orderBook } from '../exchange/order-book.js';
import type { BookLevel, OrderBook } from '../exchange/ports.js';
import type { DurationMs, EpochMs } from '../units.js';
import { partOf, type PairNames } from './envelope.js';

/** `[price, size, time (s)]`; sizes have three decimals. */
const readLevel = (raw: unknown, now: EpochMs): BookLevel | null => {
  const [price, size, time] = cellsOf(raw);
  const at = typeof time === 'number' ? time * 1_000 : Number.NaN;
  return checkedLevel(positiveOf(price), decimalOf(size), at, now);
};

/**
 * Reads a market's order book, as `orderBook` defines it. Throws `bad_answer` if it is not a book
 * of this market.
 */
export const readBook = (
  result: Readonly<Record<string, unknown>>,
  pair: PairNames,
  now: EpochMs,
  maxAgeMs: DurationMs = BOOK_AGE_MS,
): OrderBook => {
  const sides = partOf(result, pair);
  if (!isRecord(sides) || !Array.isArray(sides['bids']) || !Array.isArray(sides['asks']))
    throw new ExchangeFailure('bad_answer', `the order book of ${pair.symbol} has no sides`);
  const levels = (rows: readonly unknown[]) => rows.map(row => readLevel(row, now));
  return orderBook({ bids: levels(sides['bids']), asks: levels(sides['asks']) }, now, maxAgeMs);
};
