import type { BookLevel, UsableBook } from '../exchange/ports.js';
import { laneEnd } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Money, type Ratio } from '../units.js';
import { Verdict } from '../universe/verdict.js';
import { indicatorsAt, type MeasuredTape } from './scans.js';

type Level = Pick<BookLevel, 'price' | 'size'>;

/** A usable order book, best levels first. */
export interface SnapshotBook {
  /** When it arrived: not after the snapshot. */
  readonly at: EpochMs;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** The requested levels a side, less those that were left out. */
  readonly asked: number;
}

/** A market at a moment. */
export interface Snapshot {
  readonly marketId: number;
  readonly at: EpochMs;
  /** open, high, low, close, volume … of its last candle, without values that are not finite. */
  readonly ohlcv: Readonly<Record<string, number>>;
  /** By indicator key, without values that are not finite. */
  readonly indicators: Readonly<Record<string, number>>;
  /** Null without a usable one. */
  readonly book: SnapshotBook | null;
  /** USD over 24 hours. */
  readonly tradingVolume: Money | null;
  /** −1…1 */
  readonly sentiment: Ratio | null;
  /** −1…1 */
  readonly correlationBtc: Ratio | null;
}

/**
 * The requested levels a side: all there may be, since a book's features are measured on all of
 * them.
 */
export const BOOK_DEPTH = 500;
/** An older order book is not stored with a candle. */
const MAX_BOOK_AGE_MS = 10 * MINUTE_MS;

/** The place of a market's last candle on its tape, and the market's last usable book. */
interface Seen {
  readonly tape: MeasuredTape;
  readonly cell: number;
}

/** Each market as of the latest tapes and order books. */
export interface LatestMarkets {
  readonly seen: readonly (Seen | null)[];
  /** One of `Verdict` by lane, as of the market's last candle. */
  readonly verdicts: Uint8Array;
  /** By lane: the last usable order book, and when it arrived. */
  readonly books: ReadonlyMap<number, { readonly book: UsableBook; readonly at: EpochMs }>;
}

/** The state of `markets` lanes before the first tape. */
export const nothingSeen = (markets: number): LatestMarkets => ({
  seen: Array.from({ length: markets }, () => null),
  verdicts: new Uint8Array(markets),
  books: new Map(),
});

/** The state after a tape. */
export const afterTape = (latest: LatestMarkets, tape: MeasuredTape): LatestMarkets => {
  const verdicts = latest.verdicts.slice();
  const seen = latest.seen.map((before, market) => {
    const end = laneEnd(tape, market);
    if (end === 0) return before;
    const cell = market * tape.minutes + end - 1;
    verdicts[market] = tape.verdict[cell]!;
    return { tape, cell };
  });
  return { ...latest, seen, verdicts };
};

/** The state after a request for a market's order book: null without a usable one. */
export const afterBook = (
  latest: LatestMarkets,
  market: number,
  book: UsableBook | null,
  at: EpochMs,
): LatestMarkets => {
  const books = new Map(latest.books);
  if (book) books.set(market, { book, at });
  else books.delete(market);
  return { ...latest, books };
};

/** The lanes that are tradable by their latest verdict. */
export const tradableOf = ({ verdicts }: LatestMarkets): readonly number[] =>
  [...verdicts.keys()].filter(market => verdicts[market] === Verdict.tradable);

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

/**
 * The snapshot of a market at a moment, as of its last candle; null before its first one.
 * `volumeUsd` is NaN if unknown.
 */
export const snapshotOf = (
  { seen, books }: LatestMarkets,
  market: number,
  { marketId, at, volumeUsd }: { readonly marketId: number; readonly at: EpochMs; readonly volumeUsd: Money },
): Snapshot | null => {
  const known = seen[market];
  if (!known) return null;
  const { tape, cell } = known;
  const indicators = indicatorsAt(tape, cell);
  const found = books.get(market);
  const isFresh = found !== undefined && found.at <= at && at - found.at < MAX_BOOK_AGE_MS;
  return {
    marketId,
    at,
    ohlcv: {
      open: tape.open[cell]!,
      high: tape.high[cell]!,
      low: tape.low[cell]!,
      close: tape.close[cell]!,
      volume: tape.volume[cell]!,
    },
    indicators,
    book: isFresh
      ? {
          at: found.at,
          bids: found.book.bids,
          asks: found.book.asks,
          asked: BOOK_DEPTH - (found.book.skipped ?? 0),
        }
      : null,
    tradingVolume: orNull(volumeUsd),
    sentiment: orNull(indicators['breadth']),
    correlationBtc: orNull(indicators['correlation_btc']),
  };
};
