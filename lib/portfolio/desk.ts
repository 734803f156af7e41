import type { OrderBook } from '../exchange/ports.js';
import type { InForce } from '../settings/settings.js';
import { MINUTE_MS, wholeMinute, type DurationMs, type EpochMs, type Money } from '../units.js';
import type { Opportunity, PositionEvent } from './events.js';
import { BookBroker } from './book-broker.js';
import type { EquityMark, Worth } from './mark.js';
import { noteExitSignal, type ExitSignals } from './exit-signals.js';
import { pausesAt, type ReasonedPause } from './history.js';
import { minutesAfter } from './missed-minutes.js';
import { openValue, type Portfolio, type RateOf } from './portfolio.js';
import { stateOf, type PortfolioState } from './restore.js';
import type { Settlement } from './settle.js';
import { walkedBooks, type WalkedBook } from './stored-books.js';
import type { Suspensions } from './suspension.js';

/** The order books of a round, by lane, and when each was requested: it is no older. */
export interface BooksTogether {
  readonly books: ReadonlyMap<number, OrderBook>;
  readonly requestedAt: ReadonlyMap<number, EpochMs>;
}

/** The effect of a round of order books on the portfolio. */
export interface BookChange extends Settlement, InForce {
  readonly at: EpochMs;
  /** Whether the held markets were checked. */
  readonly isCheck: boolean;
  readonly marks: readonly EquityMark[];
  /** The order books that its fills walked. */
  readonly walkedBooks: readonly WalkedBook[];
  /** Symbols of delisted markets whose holding no known order book takes. */
  readonly stuck: readonly string[];
  /** The state after it; null if there is nothing to store. */
  readonly state: PortfolioState | null;
  readonly portfolio: PortfolioSummary;
}

/** A summary of a portfolio: money in its currency. */
export interface PortfolioSummary {
  readonly cash: Money;
  readonly equity: Money;
  /** By symbol. */
  readonly held: readonly string[];
}

/** The start of a desk: a recovered portfolio. */
export interface DeskOpening {
  readonly portfolio: Portfolio;
  /** By lane: up to when a held market was observed; NaN if nothing is held. */
  readonly observedAt: Float64Array;
  /** By lane: the last usable order book of a held market, as far as known. */
  readonly lastBooks: ConstructorParameters<typeof BookBroker>[3];
  /** Everything before this is settled. */
  readonly settledUntil: EpochMs;
}

/** A decided round, before the rates of its marks are known. */
export interface Decided extends BooksTogether {
  readonly at: EpochMs;
  readonly isCheck: boolean;
  readonly inForce: InForce;
  readonly events: readonly PositionEvent[];
  readonly stuck: readonly string[];
  readonly before: Worth;
  /** Whole minutes since the last mark. */
  readonly minutes: readonly EpochMs[];
}

/**
 * A wallet of a live run: the order books it needs, the effect of a round, and the mark of
 * each minute (semantics §5).
 */
export class PositionDesk {
  private readonly broker: BookBroker;
  private readonly suspensions: Suspensions;
  private rates: RateOf;
  private markedAt: EpochMs;

  /** `suspensions` are by symbol and outlive a desk. */
  constructor(opening: DeskOpening, rates: RateOf, suspensions: Suspensions) {
    this.rates = rates;
    this.broker = new BookBroker(
      opening.portfolio,
      opening.observedAt,
      market => this.rates(market),
      opening.lastBooks,
    );
    this.suspensions = suspensions;
    this.markedAt = wholeMinute(opening.settledUntil);
  }

  /** The last known prices, by lane; NaN if none was seen while the market was held. */
  get lastPrices(): Float64Array {
    return this.broker.portfolio.lastPrice;
  }

  get open(): Portfolio['open'] {
    return this.broker.portfolio.open;
  }

  isHeld(market: number): boolean {
    return this.broker.held.includes(market);
  }

  /** The held markets. */
  get held(): readonly number[] {
    return this.broker.held;
  }

  get heldSymbols(): readonly string[] {
    return this.broker.held.map(market => this.symbolOf(market));
  }

  /** Sets the first exit signal of each open trade. */
  signalled(signals: ExitSignals): void {
    for (const trade of this.open) noteExitSignal(trade, signals);
  }

  /** Adds opportunities that the scanner has found; those already added are ignored. */
  found(opportunities: readonly Opportunity[], now: EpochMs): void {
    this.broker.found(opportunities, now);
  }

  /**
   * The markets whose order books a round needs: those with a pending opportunity and, in a check,
   * those held.
   */
  wanted(isCheck: boolean): readonly number[] {
    return [...new Set([...this.broker.waiting, ...(isCheck ? this.broker.held : [])])];
  }

  /** Whether a held market was last observed longer ago than this: then time was missed. */
  isOverdue({ books }: BooksTogether, at: EpochMs, overdueMs: DurationMs): boolean {
    return this.broker.held.some(
      market => books.get(market)?.usable && this.rates(market) > 0 && at - this.broker.observed(market) > overdueMs,
    );
  }

  /**
   * Decides a round: exits of held markets, then entries, then sales of delisted markets. Without
   * `mayEnter` all pending opportunities expire instead.
   */
  decide(together: BooksTogether, at: EpochMs, isCheck: boolean, inForce: InForce, mayEnter = true): Decided {
    const { settings } = inForce;
    const { books, requestedAt } = together;
    const before = this.worth();
    const given = mayEnter ? [] : this.broker.giveUpEntries(at);
    // As in the stored marks: of the minutes since the last round, all but the last have its value.
    this.broker.mark(at - MINUTE_MS, before.cash + before.openValue, settings.risk);
    const looked = this.broker.look(books, at, settings, market => requestedAt.get(market) ?? at);
    const { events, stuck } = this.leaveGone(at, inForce);
    const minutes = minutesAfter(this.markedAt, at);
    return { ...together, at, isCheck, inForce, before, minutes, events: [...given, ...looked, ...events], stuck };
  }

  /** The change that a decided round makes, at the current rates. */
  change(decided: Decided, rates: RateOf | null): BookChange {
    if (rates) this.rates = rates;
    const { at, isCheck, inForce, events, stuck, minutes, before, books } = decided;
    const after = this.worth();
    const kinds = new Set<'entry' | 'exit'>();
    for (const { kind } of events) {
      if (kind === 'opened') kinds.add('entry');
      if (kind === 'exited') kinds.add('exit');
    }
    // If a round took longer than a minute, every minute but the last has the value before the
    // round.
    const ofMinutes = minutes.map((minute, n): EquityMark => ({
      at: minute,
      kind: 'minute',
      ...(n < minutes.length - 1 ? before : after),
    }));
    const ofFills = Array.from(kinds, (kind): EquityMark => ({ at, kind, ...after }));
    const marks = [...ofFills, ...ofMinutes];
    const start = this.markedAt;
    this.markedAt = minutes.at(-1) ?? start;
    const walked = walkedBooks(events, books);
    const isToStore = events.length > 0 || marks.length > 0 || (isCheck && books.size > 0);
    const { portfolio } = this.broker;
    return {
      ...inForce,
      at,
      isCheck,
      start,
      minutes: minutes.length,
      equity: Float64Array.from(ofMinutes, ({ cash, openValue: value }) => cash + value),
      exposed: Float64Array.from(ofMinutes, ({ openValue: value }) => value),
      events,
      walked: walked.length,
      walkedBooks: walked,
      marks,
      stuck,
      state: isToStore ? this.state(pausesAt(portfolio.history, inForce.settings.risk, at)) : null,
      portfolio: {
        cash: portfolio.cash,
        equity: this.broker.equity(),
        held: this.heldSymbols,
      },
    };
  }

  private state(pauses: readonly ReasonedPause[]): PortfolioState {
    const { broker } = this;
    return stateOf(
      broker.portfolio,
      market => broker.observed(market),
      market => ({ lastBook: broker.lastBook(market), suspendedSince: this.suspendedSince(market) }),
      pauses,
    );
  }

  private worth(): Worth {
    const { portfolio } = this.broker;
    return { cash: portfolio.cash, openValue: openValue(portfolio, this.rates) };
  }

  private symbolOf(market: number): string {
    return this.broker.portfolio.markets[market]!.symbol;
  }

  private suspendedSince(market: number): EpochMs | null {
    return this.suspensions.since(this.symbolOf(market));
  }

  /** Sells the holdings of delisted markets. */
  private leaveGone(at: EpochMs, { settings }: InForce): Pick<Decided, 'events' | 'stuck'> {
    const { broker, suspensions } = this;
    const gone = broker.held.filter(market => suspensions.isGone(this.symbolOf(market), at));
    const events = gone.flatMap(market => broker.leave(market, at, settings));
    return { events, stuck: gone.filter(market => this.isHeld(market)).map(market => this.symbolOf(market)) };
  }
}
