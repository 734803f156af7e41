import type { BookLevel, OrderBook, UsableBook } from '../exchange/ports.js';
import type { Market } from '../market.js';
import type { EpochMs, SizeBase } from '../units.js';
import { buyFrom, sellTo, type BookTerms } from './book-fills.js';
import type { PositionEvent } from './events.js';
import type { FillBuy, FillSell } from './fills.js';
import { withinReach } from './walk.js';

/** The kinds of fills that walk a book. */
export const FILL_KINDS = ['entry', 'exit'] as const;
type FillKind = (typeof FILL_KINDS)[number];

/** An order book that a live fill walked. */
export interface WalkedBook {
  readonly market: number;
  /** Time of the fill. */
  readonly at: EpochMs;
  readonly kind: FillKind;
  /** The levels within reach of a fill, best first. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/**
 * The books that the fills among these events walked, each once for its kind of fill. `books` is by
 * lane.
 */
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

/** Number of levels of each side in a snapshot. */
export const SNAPSHOT_LEVELS = 20;

/** An order book that a live run stored. */
export interface StoredBook {
  /** Time of arrival. */
  readonly at: EpochMs;
  /** The kind of fill that walked it, or `snapshot`. */
  readonly of: FillKind | 'snapshot';
  readonly book: UsableBook;
  /** The maximum number of levels kept of each side: a side with as many may have been cut. */
  readonly most: number;
}

/** Stored order books. */
export interface StoredBooks {
  /** The books of a market (by lane) that arrived in the minute with this open time, ascending. */
  of(market: number, minute: EpochMs): readonly StoredBook[];
}

/** Sorts the books that a fill of the same kind walked first. */
const preferring = (kind: FillKind, books: readonly StoredBook[]): readonly StoredBook[] =>
  [...books].sort((a, b) => Number(b.of === kind) - Number(a.of === kind));

/** Whether levels within reach may have been cut. */
const isCut = (side: UsableBook['bids'], { most }: StoredBook): boolean =>
  side.length >= most && withinReach(side).length === side.length;

/**
 * Buys at the first of a minute's stored books, as live entries do. Falls back to `otherwise`
 * without a book, and if a cut book has too little depth. Calls `walked` for a fill.
 */
export const buyAtStored = (
  books: readonly StoredBook[],
  market: Market,
  terms: BookTerms,
  otherwise: FillBuy,
  walked: () => void,
): FillBuy => {
  const [stored] = preferring('entry', books);
  if (!stored) return otherwise;
  const buy = buyFrom(stored.book, market, terms);
  return budget => {
    const fill = buy(budget);
    if (fill === 'no_depth' && isCut(stored.book.asks, stored)) return otherwise(budget);
    if (typeof fill !== 'string') walked();
    return fill;
  };
};

/**
 * Sells at the first of a minute's stored books whose best bid triggers the sale, as live exits do.
 * Falls back to `otherwise` without such a book, and if a cut book has too little depth. Calls
 * `walked` for each fill.
 */
export const sellAtStored = (
  books: () => readonly StoredBook[],
  market: Market,
  terms: BookTerms,
  otherwise: FillSell,
  walked: () => void,
): FillSell => {
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
