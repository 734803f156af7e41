import { judgeFrom, type Judge } from '../series/judge.js';
import { HOUR_MS, type DurationMs, type EpochMs, type Price, type Ratio } from '../units.js';
import type { BookLevel, OrderBook, UsableBook } from './ports.js';

/** A book that has come unchanged for longer, level by level, is a copy that nobody keeps. */
export const UNCHANGED_MS: DurationMs = 300_000;
/** Two books that are nearer in time are one look: what was suspect is neither confirmed nor refuted by itself. */
export const CONFIRM_MS: DurationMs = 5_000;
/** A market whose book has not come for so long is forgotten: those that are gone would fill the memory in the end. */
export const FORGET_MS: DurationMs = HOUR_MS;

interface Seen {
  book: UsableBook;
  /** When these very levels came first. */
  since: EpochMs;
  cameAt: EpochMs;
  readonly bid: Judge;
  readonly ask: Judge;
  /** Which book's prices were judged last, when, and how. */
  judged: UsableBook;
  judgedAt: EpochMs;
  suspect: boolean;
}

const same = (a: readonly BookLevel[], b: readonly BookLevel[]): boolean =>
  a.length === b.length &&
  a.every(({ price, size, at }, i) => price === b[i]!.price && size === b[i]!.size && at === b[i]!.at);

/**
 * What one book alone does not tell: `unchanged` where the same levels have come for longer than `UNCHANGED_MS`, and `suspect`
 * where the best bid or ask jumped by more than `maxJump`, by the rule of suspect candles (semantics §1): the next book that is
 * another one, at least `CONFIRM_MS` later, confirms the jump or refutes it.
 */
export class BookWatch {
  private readonly maxJump: Ratio;
  private readonly seen = new Map<string, Seen>();

  constructor(maxJump: Ratio) {
    this.maxJump = maxJump;
  }

  /** The book as it may be used. `known` is the market's last price, if there is one: the first book is judged by it. */
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
    const judge = () => judgeFrom({ good: known, pending: NaN }, this.maxJump);
    const judged = { bid: judge(), ask: judge(), judged: book, judgedAt: now, suspect: false };
    const seen: Seen = { book, since: now, cameAt: now, ...judged };
    this.seen.set(symbol, seen);
    return seen;
  }
}
