import type { BookLevel, OrderBook, UsableBook } from '../exchange/ports.js';
import type { Market } from '../market.js';
import type { EpochMs, SizeBase } from '../units.js';
import { buyFrom, sellTo, type BookTerms } from './book-fills.js';
import type { PositionEvent } from './events.js';
import type { Buy, Sell } from './fills.js';
import { withinReach } from './walk.js';

/** What a book can have been walked for. */
export const FILL_KINDS = ['entry', 'exit'] as const;
type FillKind = (typeof FILL_KINDS)[number];

/** An order book that a live fill walked. */
export interface WalkedBook {
  readonly market: number;
  /** The moment of the fill. */
  readonly at: EpochMs;
  readonly kind: FillKind;
  /** The levels within reach of a fill, best first. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** The books, by lane, that the fills among these events walked: each once, however many fills it had. */
export const walkedBooks = (
  events: readonly PositionEvent[],
  books: ReadonlyMap<number, OrderBook>,
): readonly WalkedBook[] => {
  const walked = new Map<string, WalkedBook>();
  for (const event of events) {
    if (event.kind !== 'opened' && event.kind !== 'exited') continue;
    const { market } = event.trade;
    const book = books.get(market);
    if (!book?.usable) continue;
    const kind = event.kind === 'opened' ? 'entry' : 'exit';
    const [bids, asks] = [withinReach(book.bids), withinReach(book.asks)];
    walked.set(`${kind} ${market}`, { market, at: event.at, kind, bids, asks });
  }
  return [...walked.values()];
};

/** Levels of each side that a snapshot keeps. */
export const SNAPSHOT_LEVELS = 20;

/** An order book that a live run stored. */
export interface StoredBook {
  /** When it came. */
  readonly at: EpochMs;
  /** A fill of the run walked it, or it is part of a snapshot. */
  readonly of: FillKind | 'snapshot';
  readonly book: UsableBook;
  /** At most so many levels of each side were kept: of a side that has as many, what lies beyond is not known. */
  readonly most: number;
}

/** The stored books of a past. */
export interface StoredBooks {
  /** Those of the market in this lane that came in the minute that opens then, by time. */
  of(market: number, minute: EpochMs): readonly StoredBook[];
}

/** The books that a fill of the same kind walked come first. */
const preferring = (kind: FillKind, books: readonly StoredBook[]): readonly StoredBook[] =>
  [...books].sort((a, b) => Number(b.of === kind) - Number(a.of === kind));

/** Whether more may have been offered within reach than was kept. */
const isCut = (side: UsableBook['bids'], { most }: StoredBook): boolean =>
  side.length >= most && withinReach(side).length === side.length;

/**
 * Buys at the first of a minute's stored books, by the walk of live entries. Without one, and where a book that was cut off does
 * not hold enough, it buys as `otherwise` says. `walked` is told of a fill.
 */
export const buyAtStored = (
  books: readonly StoredBook[],
  market: Market,
  terms: BookTerms,
  otherwise: Buy,
  walked: () => void,
): Buy => {
  const [stored] = preferring('entry', books);
  if (!stored) return otherwise;
  const buy = buyFrom(stored.book, market, terms);
  return notional => {
    const fill = buy(notional);
    if (fill === 'no_depth' && isCut(stored.book.asks, stored)) return otherwise(notional);
    if (typeof fill !== 'string') walked();
    return fill;
  };
};

/**
 * Sells at the first of a minute's stored books whose best bid, as a quote, calls for the sale, by the walk of live exits; without
 * one, and where a book that was cut off does not hold enough, as `otherwise` says. `walked` is told of each fill.
 */
export const sellAtStored = (
  books: () => readonly StoredBook[],
  market: Market,
  terms: BookTerms,
  otherwise: Sell,
  walked: () => void,
): Sell => {
  const sold = new Map<EpochMs, SizeBase>();
  return (price, size, calls) => {
    const stored = preferring('exit', books()).find(({ book }) => calls(book.bids[0]!.price));
    if (!stored) return otherwise(price, size, calls);
    const gone = sold.get(stored.at) ?? 0;
    const fill = sellTo(stored.book, market, terms, gone)(price, size, calls);
    if ((fill?.size ?? 0) < size && isCut(stored.book.bids, stored)) return otherwise(price, size, calls);
    sold.set(stored.at, gone + (fill?.size ?? 0));
    if (fill) walked();
    return fill;
  };
};
