import type { DurationMs, EpochMs } from '../units.js';
import { partOf, type PairNames } from './envelope.js';
import { ExchangeFailure } from './failure.js';
import { FIRST_CANDLE } from '../series/bad-row.js';
import { cellsOf, decimalOf, isRecord, positiveOf } from './numbers.js';
import type { BookLevel, OrderBook } from './ports.js';

/** Older than this, a book says nothing of now. */
export const BOOK_AGE_MS: DurationMs = 600_000;
const AHEAD_MS = 60_000;

/** A level; null where a number of it is bad. */
const readLevel = (raw: unknown, now: EpochMs): BookLevel | null => {
  const cells = cellsOf(raw);
  const [price, size] = [positiveOf(cells[0]), decimalOf(cells[1])];
  const at = typeof cells[2] === 'number' ? cells[2] * 1_000 : Number.NaN;
  const isGood = price !== null && size >= 0 && size < Infinity && at >= FIRST_CANDLE && at <= now + AHEAD_MS;
  return isGood ? { price, size, at } : null;
};

const readSide = (rows: readonly unknown[], now: EpochMs, order: 1 | -1): readonly BookLevel[] | null => {
  const levels = rows.map(row => readLevel(row, now)).filter(level => level !== null);
  if (levels.length < rows.length) return null;
  return levels.filter(({ size }) => size > 0).sort((a, b) => order * (a.price - b.price));
};

/**
 * Reads a market's order book out of Kraken's answer, best levels first whatever their order was. One bad number makes it
 * unusable as a whole: a level too few is a wrong price. A level of size 0 is left out: sizes come with three decimals, so that it is one
 * of less than half a thousandth. Throws `bad_answer` where it is no book of this market.
 */
export const readBook = (
  result: Readonly<Record<string, unknown>>,
  pair: PairNames,
  now: EpochMs,
  maxAgeMs: DurationMs = BOOK_AGE_MS,
): OrderBook => {
  const sides = partOf(result, pair);
  if (!isRecord(sides) || !Array.isArray(sides['bids']) || !Array.isArray(sides['asks']))
    throw new ExchangeFailure('bad_answer', `the order book of ${pair.symbol} lacks its sides`);
  const bids = readSide(sides['bids'], now, -1);
  const asks = readSide(sides['asks'], now, 1);
  if (!bids || !asks) return { usable: false, fault: 'bad_numbers' };
  const [bid, ask] = [bids[0], asks[0]];
  if (!bid && !ask) return { usable: false, fault: 'empty' };
  if (!bid || !ask) return { usable: false, fault: 'one_sided' };
  if (bid.price >= ask.price) return { usable: false, fault: 'crossed' };
  const newest = [...bids, ...asks].reduce((latest, { at }) => Math.max(latest, at), 0);
  if (newest < now - maxAgeMs) return { usable: false, fault: 'stale' };
  const skipped = sides['bids'].length + sides['asks'].length - bids.length - asks.length;
  return { usable: true, bids, asks, newest, ...(skipped > 0 && { skipped }) };
};
