import type { OrderBook, UsableBook } from '../exchange/ports.js';
import type { Settings } from '../settings/settings.js';
import { DAY_MS, wholeMinute, type EpochMs, type Money, type Price } from '../units.js';
import { sellTo } from './book-fills.js';
import { byPrecedence, hasExpired } from './entry.js';
import type { Opportunity, PositionEvent } from './events.js';
import { markMinutes } from './history.js';
import type { Portfolio, RateOf } from './portfolio.js';
import { check, equity, take } from './quote-broker.js';
import { closeOut } from './sell.js';

type Terms = Pick<Settings, 'risk' | 'costs'>;

const keyOf = ({ market, at }: Opportunity): string => `${market} ${at}`;

/** The paper broker on live order books (semantics §5). */
export class BookBroker {
  readonly portfolio: Portfolio;
  private readonly rateOf: RateOf;
  /** Opportunities already added, kept as long as the caller may add them again. */
  private readonly known = new Map<string, EpochMs>();
  private readonly bids = new Map<number, Price>();
  private readonly observedAt: Float64Array;
  private readonly lastBooks: Map<number, UsableBook>;

  /**
   * `observedAt`: by lane, up to when the market of an open trade was observed; NaN if nothing is
   * held. `lastBooks`: the last usable books of the held markets, as far as known.
   */
  constructor(
    portfolio: Portfolio,
    observedAt: Float64Array,
    rateOf: RateOf,
    lastBooks: ReadonlyMap<number, UsableBook> = new Map(),
  ) {
    this.lastBooks = new Map(lastBooks);
    this.portfolio = portfolio;
    this.observedAt = Float64Array.from(observedAt);
    this.rateOf = rateOf;
    for (const opportunity of portfolio.pending) this.known.set(keyOf(opportunity), opportunity.at);
  }

  /** Adds opportunities that the scanner has found; those already added are ignored. */
  found(opportunities: readonly Opportunity[], now: EpochMs): void {
    for (const opportunity of opportunities) {
      if (this.known.has(keyOf(opportunity))) continue;
      this.known.set(keyOf(opportunity), opportunity.at);
      this.portfolio.pending.push(opportunity);
    }
    for (const [key, at] of this.known) if (at < now - DAY_MS) this.known.delete(key);
  }

  /** Expires all pending opportunities. */
  giveUpEntries(now: EpochMs): readonly PositionEvent[] {
    const given = this.portfolio.pending.toSorted(byPrecedence);
    this.portfolio.pending = [];
    return given.map(opportunity => ({ kind: 'expired', opportunity, at: now }));
  }

  /** Markets with a pending opportunity. */
  get waiting(): readonly number[] {
    return [...new Set(this.portfolio.pending.map(({ market }) => market))];
  }

  /** Held markets. */
  get held(): readonly number[] {
    return this.portfolio.open.map(({ market }) => market);
  }

  /**
   * Processes the order books of a round, by lane: first the exits of held markets in the order of
   * the lanes, then the pending opportunities by precedence, all with the same equity. Without a
   * book an opportunity stays pending until it expires. `requestedAt`: when a book was requested;
   * trades from then on may be missing from it.
   */
  look(
    books: ReadonlyMap<number, OrderBook>,
    now: EpochMs,
    { risk, costs }: Terms,
    requestedAt: (market: number) => EpochMs = () => now,
  ): readonly PositionEvent[] {
    const { portfolio } = this;
    const events: PositionEvent[] = [];
    for (const [market, book] of [...books].sort(([a], [b]) => a - b)) {
      if (book.usable) this.bids.set(market, book.bids[0]!.price);
      else this.bids.delete(market);
      const rate = this.rateOf(market);
      if (!book.usable || !(rate > 0) || !this.held.includes(market)) continue;
      events.push(...check(portfolio, market, book, now, { costs, rate }));
      this.observedAt[market] = Math.max(this.observedAt[market] || -Infinity, requestedAt(market));
      this.lastBooks.set(market, book);
    }
    const worth = this.equity();
    this.mark(now, worth, risk);
    const waiting: Opportunity[] = [];
    for (const opportunity of portfolio.pending.toSorted(byPrecedence)) {
      const { market } = opportunity;
      const book = Number.isNaN(worth) ? undefined : books.get(market);
      const event = book
        ? take(portfolio, opportunity, book, now, { risk, costs, equity: worth, rate: this.rateOf(market) })
        : hasExpired(opportunity, now, risk)
          ? ({ kind: 'expired', opportunity, at: now } as const)
          : null;
      if (!event) waiting.push(opportunity);
      else events.push(event);
      if (event?.kind !== 'opened') continue;
      this.observedAt[market] = now;
      if (book?.usable) this.lastBooks.set(market, book);
    }
    portfolio.pending = waiting;
    return events;
  }

  /**
   * Passes the equity at the minutes' closes up to now to the protections, as far as it is unknown
   * to them.
   */
  mark(now: EpochMs, equityNow: Money, risk: Terms['risk']): void {
    const { history } = this.portfolio;
    const to = wholeMinute(now);
    markMinutes(history, { from: history.markedUntil ?? to, to, equity: equityNow }, risk);
  }

  /**
   * Sells the holding of a delisted market to the bids of its last usable book, which is used once.
   * Without a book, and for the size that its bids do not take, the trade stays open.
   */
  leave(market: number, now: EpochMs, { costs }: Pick<Terms, 'costs'>): readonly PositionEvent[] {
    const { portfolio } = this;
    const trade = portfolio.open.find(held => held.market === market);
    const book = this.lastBooks.get(market);
    const rate = this.rateOf(market);
    if (!trade || !book || !(rate > 0)) return [];
    this.lastBooks.delete(market);
    const sell = sellTo(book, portfolio.markets[market]!, { costs, rate });
    return closeOut(portfolio, trade, now, book.bids[0]!.price, 'delisted', { rate, sell });
  }

  /** The last usable book of a held market; null if unknown, or once it was sold to. */
  lastBook(market: number): UsableBook | null {
    return this.lastBooks.get(market) ?? null;
  }

  /** Cash and holdings at their latest bids; without a bid, at the last known price. */
  equity(): Money {
    return equity(this.portfolio, this.bids, this.rateOf);
  }

  /** Up to when the market of an open trade was observed. */
  observed(market: number): EpochMs {
    return this.observedAt[market]!;
  }
}
