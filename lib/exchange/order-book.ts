import type { DurationMs, EpochMs } from '../units.js';
import { FIRST_CANDLE } from '../market-data/bad-row.js';
import type { BookLevel, OrderBook } from './ports.js';

/** Default age from which a book is stale. */
export const BOOK_AGE_MS: DurationMs = 600_000;
const AHEAD_MS = 60_000;

/** The levels of a side as read; null for a level with a bad number. */
export type ReadLevels = readonly (BookLevel | null)[];

/**
 * A level if its numbers are usable: a price above 0 (null else), a size of 0 or more, a time that
 * has been.
 */
export const checkedLevel = (price: number | null, size: number, at: EpochMs, now: EpochMs): BookLevel | null => {
  const isGood = price !== null && size >= 0 && size < Infinity && at >= FIRST_CANDLE && at <= now + AHEAD_MS;
  return isGood ? { price, size, at } : null;
};

const sideOf = (read: ReadLevels, order: 1 | -1): readonly BookLevel[] | null => {
  const levels = read.filter(level => level !== null);
  if (levels.length < read.length) return null;
  return levels.filter(({ size }) => size > 0).sort((a, b) => order * (a.price - b.price));
};

/**
 * An order book, best levels first whatever their order was. One bad number makes it unusable as a
 * whole, since a missing level makes a wrong price. Levels of size 0 are left out: rounding made
 * them 0.
 */
export const orderBook = (
  read: { readonly bids: ReadLevels; readonly asks: ReadLevels },
  now: EpochMs,
  maxAgeMs: DurationMs,
): OrderBook => {
  const bids = sideOf(read.bids, -1);
  const asks = sideOf(read.asks, 1);
  if (!bids || !asks) return { usable: false, fault: 'bad_numbers' };
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid && !ask) return { usable: false, fault: 'empty' };
  if (!bid || !ask) return { usable: false, fault: 'one_sided' };
  if (bid.price >= ask.price) return { usable: false, fault: 'crossed' };
  const newest = [...bids, ...asks].reduce((latest, { at }) => Math.max(latest, at), 0);
  if (newest < now - maxAgeMs) return { usable: false, fault: 'stale' };
  const skipped = read.bids.length + read.asks.length - bids.length - asks.length;
  return { usable: true, bids, asks, newest, ...(skipped > 0 && { skipped }) };
};
