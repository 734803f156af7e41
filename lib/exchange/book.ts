import type { DurationMs, EpochMs } from '../units.js';
import { partOf, type PairNames } from './envelope.js';
import { ExchangeFailure } from './failure.js';
import { FIRST_CANDLE } from '../series/bad-row.js';
import { cellsOf, isRecord, positiveOf } from './numbers.js';
import type { BookLevel, OrderBook } from './ports.js';

/** Older than this, a book says nothing of now. */
export const BOOK_AGE_MS: DurationMs = 600_000;
const AHEAD_MS = 60_000;

const readLevel = (raw: unknown, now: EpochMs): BookLevel | null => {
  const cells = cellsOf(raw);
  const [price, size] = [positiveOf(cells[0]), positiveOf(cells[1])];
  const at = typeof cells[2] === 'number' ? cells[2] * 1_000 : Number.NaN;
  return price !== null && size !== null && at >= FIRST_CANDLE && at <= now + AHEAD_MS ? { price, size, at } : null;
};

const readSide = (rows: readonly unknown[], now: EpochMs, order: 1 | -1): readonly BookLevel[] | null => {
  const levels = rows.map(row => readLevel(row, now)).filter(level => level !== null);
  return levels.length === rows.length ? levels.sort((a, b) => order * (a.price - b.price)) : null;
};

/**
 * Reads a market's order book out of Kraken's answer, best levels first whatever their order was. One bad number makes it
 * unusable as a whole: a level too few is a wrong price. Throws `bad_answer` where it is no book of this market.
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
  return newest < now - maxAgeMs ? { usable: false, fault: 'stale' } : { usable: true, bids, asks, newest };
};
