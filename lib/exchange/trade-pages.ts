import type { EpochMs } from '../units.js';
import type { PublicTrade, TradesAnswer } from './ports.js';

/** The result of a page of a market's trades. */
export type PageNews =
  /**
   * The trades after those already taken, ascending by time, at least one; none is missing and none
   * is repeated. `isWhole` is false if the page has more of them, behind a missing one.
   */
  | { readonly kind: 'trades'; readonly trades: readonly PublicTrade[]; readonly isWhole: boolean }
  /** No trades since the last ones, as two requests have confirmed. */
  | { readonly kind: 'silence' }
  /** Nothing new: request `cursor` once more to confirm that. */
  | { readonly kind: 'unconfirmed' }
  /** The page must not be used: request `cursor` again. `misses` counts these pages. */
  | { readonly kind: 'unusable' };

const NS_PER_MS = 1_000_000n;
const nanoseconds = (at: EpochMs): bigint => BigInt(Math.floor(at)) * NS_PER_MS;

const sameValue = (a: PublicTrade, b: PublicTrade): boolean =>
  a.price === b.price && a.size === b.size && a.side === b.side;

/** By id, each id once; by time if some trade has no id. */
const inOrder = (trades: readonly PublicTrade[]): readonly PublicTrade[] =>
  trades.some(({ id }) => id === null)
    ? [...trades].sort((a, b) => a.at - b.at)
    : [...trades].sort((a, b) => a.id! - b.id!).filter(({ id }, i, sorted) => i === 0 || id !== sorted[i - 1]!.id);

const follows = (id: number | null, next: number | null): boolean => id === null || next === null || next === id + 1;

/** How many trades follow each other without a missing id. */
const unbroken = (trades: readonly PublicTrade[]): number => {
  const hole = trades.findIndex(({ id }, i) => i > 0 && !follows(trades[i - 1]!.id, id));
  return hole < 0 ? trades.length : hole;
};

/**
 * Joins the pages of one market's trades so that each trade counts exactly once.
 *
 * Several trades may share a timestamp, and a page may end between them. The next page is therefore
 * requested from one nanosecond before the last trade, which returns all trades of its timestamp
 * again, whether or not the exchange's `since` includes its own moment. Those already taken are
 * dropped by id, or by value within the timestamp if the exchange gives no ids. Ids are contiguous
 * within a market, so a missing trade shows by its id.
 *
 *     trades   1 2 (3 4 5) 6       3, 4 and 5 at one timestamp
 *     page 1   1 2  3 4            since: the start          taken 1 2 3 4
 *     page 2       (3 4 5) 6       since: that of 4, -1 ns   taken 5 6
 */
export class TradePages {
  private readonly start: bigint;
  private readonly from: EpochMs;
  /** The time of the last trade taken, in nanoseconds; null before the first. */
  private place: bigint | null = null;
  private last: PublicTrade | null = null;
  private lastId: number | null = null;
  /** The trades taken at the timestamp of the last one. */
  private together: readonly PublicTrade[] = [];
  private confirming = false;
  /** Consecutive pages that must not be used. */
  misses = 0;
  /** Why the last of them must not be used. */
  reason = '';
  /** Up to where trades are missing or bad because of it; null if unknown. */
  touched: EpochMs | null = null;

  /** Takes the trades at or after `from`. */
  constructor(from: EpochMs) {
    this.from = from;
    this.start = nanoseconds(from);
  }

  /**
   * The `since` of the next request, in nanoseconds. Each repetition goes back a millisecond
   * further, in case `since` is rounded.
   */
  get cursor(): string {
    const { place, misses } = this;
    const slack = BigInt(misses) * NS_PER_MS;
    if (place === null) return String(this.start - 1n);
    return String(this.confirming ? place + 1n + slack : place - 1n - slack);
  }

  /** Processes the page that answers a request for `cursor`. */
  take(page: TradesAnswer): PageNews {
    const { confirming } = this;
    this.confirming = false;
    if (page.rejected > 0)
      return this.miss(
        `${page.rejected} of the trades in the exchange's answer cannot be used`,
        Number(BigInt(page.last) / NS_PER_MS),
      );
    const fresh = this.fresh(inOrder(page.trades));
    const first = fresh[0];
    if (!first) return this.nothingNew(page, confirming);
    if (!follows(this.lastId, first.id))
      return this.miss(
        `the exchange leaves out trades: after trade ${this.lastId!} comes trade ${first.id!}`,
        first.at,
      );
    // A page after the last timestamp has trades that the page from before it lacked: that was full
    // of known ones.
    if (confirming && this.place !== null && (this.lastId === null || first.id === null))
      return this.miss('more trades share a timestamp than the exchange gives in a page', first.at);
    const count = unbroken(fresh);
    const trades = fresh.slice(0, count).sort((a, b) => a.at - b.at);
    const isWhole = count === fresh.length;
    this.accept(trades, fresh[count - 1]!.id, isWhole ? BigInt(page.last) : null);
    return { kind: 'trades', trades, isWhole };
  }

  private fresh(trades: readonly PublicTrade[]): PublicTrade[] {
    const { last, lastId } = this;
    const taken = [...this.together];
    return trades.filter(trade => {
      if (trade.at < this.from) return false;
      if (trade.id !== null && lastId !== null) return trade.id > lastId;
      if (last === null || trade.at !== last.at) return last === null || trade.at > last.at;
      const known = taken.findIndex(each => sameValue(each, trade));
      if (known >= 0) taken.splice(known, 1);
      return known < 0;
    });
  }

  private nothingNew({ trades }: TradesAnswer, confirming: boolean): PageNews {
    if (!confirming) {
      this.confirming = true;
      return { kind: 'unconfirmed' };
    }
    if (trades.length > 0) return this.miss('the exchange gives trades from before the time that was requested', null);
    this.misses = 0;
    return { kind: 'silence' };
  }

  private accept(trades: readonly PublicTrade[], lastId: number | null, place: bigint | null): void {
    const last = trades.at(-1)!;
    this.together = [...this.together, ...trades].filter(({ at }) => at === last.at);
    this.last = last;
    this.lastId = lastId;
    // The exchange prints times less precisely than places; a place that does not fit its trade is
    // not used.
    const earliest = nanoseconds(last.at) - NS_PER_MS;
    this.place = place !== null && place >= earliest && place <= earliest + 3n * NS_PER_MS ? place : earliest;
    this.misses = 0;
  }

  private miss(reason: string, touched: EpochMs | null): PageNews {
    this.misses++;
    this.reason = reason;
    this.touched = touched;
    return { kind: 'unusable' };
  }
}
