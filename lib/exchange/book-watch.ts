import { jumpFilter, type JumpFilter } from '../market-data/jump-filter.js';
import { HOUR_MS, type DurationMs, type EpochMs, type Price, type Ratio } from '../units.js';
import type { BookLevel, OrderBook, UsableBook } from './ports.js';

/** A book whose levels have all been unchanged for longer is stale: nothing updates it. */
export const UNCHANGED_MS: DurationMs = 300_000;
/** Two books closer in time count as one observation: a suspect price does not confirm itself. */
export const CONFIRM_MS: DurationMs = 5_000;
/** A market without a book for this long is dropped, so that delisted markets do not accumulate. */
export const FORGET_MS: DurationMs = HOUR_MS;

interface Seen {
  book: UsableBook;
  /** When these levels were first received. */
  since: EpochMs;
  cameAt: EpochMs;
  readonly bid: JumpFilter;
  readonly ask: JumpFilter;
  /** The book that was last checked for a jump, when, and the result. */
  judged: UsableBook;
  judgedAt: EpochMs;
  suspect: boolean;
}

const same = (a: readonly BookLevel[], b: readonly BookLevel[]): boolean =>
  a.length === b.length &&
  a.every(({ price, size, at }, i) => price === b[i]!.price && size === b[i]!.size && at === b[i]!.at);

/**
 * Faults that show only in a sequence of books: `unchanged` if the same levels have been received
 * for longer than `UNCHANGED_MS`, and `suspect` if the best bid or ask jumped by more than
 * `maxJump`, by the rule of suspect candles (semantics §1): the next different book, at least
 * `CONFIRM_MS` later, confirms or refutes the jump.
 */
export class BookWatch {
  private readonly maxJump: Ratio;
  private readonly seen = new Map<string, Seen>();

  constructor(maxJump: Ratio) {
    this.maxJump = maxJump;
  }

  /**
   * The book, or why it must not be used. The first book is compared with `known`, the market's
   * last price, if given.
   */
  judge(symbol: string, book: OrderBook, now: EpochMs, known: Price = NaN): OrderBook {
    if (!book.usable) return book;
    const seen = this.seen.get(symbol) ?? this.first(symbol, book, now, known);
    seen.cameAt = now;
    if (!same(book.bids, seen.book.bids) || !same(book.asks, seen.book.asks)) {
      seen.book = book;
      seen.since = now;
    }
    if (!seen.suspect || (seen.book !== seen.judged && now - seen.judgedAt >= CONFIRM_MS)) {
      const bid = seen.bid.isSuspect(book.bids[0]!.price);
      const ask = seen.ask.isSuspect(book.asks[0]!.price);
      seen.suspect = bid || ask;
      seen.judged = seen.book;
      seen.judgedAt = now;
    }
    if (now - seen.since > UNCHANGED_MS) return { usable: false, fault: 'unchanged' };
    return seen.suspect ? { usable: false, fault: 'suspect' } : book;
  }

  private first(symbol: string, book: UsableBook, now: EpochMs, known: Price): Seen {
    for (const [other, { cameAt }] of this.seen) if (now - cameAt > FORGET_MS) this.seen.delete(other);
    const judge = () => jumpFilter({ good: known, pending: NaN }, this.maxJump);
    const judged = { bid: judge(), ask: judge(), judged: book, judgedAt: now, suspect: false };
    const seen: Seen = { book, since: now, cameAt: now, ...judged };
    this.seen.set(symbol, seen);
    return seen;
  }
}
