import { QuoteRates } from '../rates.js';
import type { Settings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { DAY_MS, MINUTE_MS, wholeMinute, type DurationMs, type EpochMs, type Price } from '../units.js';
import { enter } from './entry.js';
import { enterPending } from './entries.js';
import type { Opportunity, PositionEvent, Trade, Unseen } from './events.js';
import { noteExitSignal, type ExitSignals } from './exit-signals.js';
import { buyAt, sellAt } from './fills.js';
import { markMinutes } from './history.js';
import type { EquityMark } from './mark.js';
import { joined, rangeOf } from './missed-minutes.js';
import { Courses, lastCheck, type Course, type TradeStretch } from './missed-trades.js';
import { observeLowSince, observeMissed, observeMoment, type MissedCandle } from './observe-missed.js';
import { openValue, type Portfolio, type RateOf } from './portfolio.js';
import type { ExitTerms } from './sell.js';
import { buyAtStored, type StoredBooks } from './stored-books.js';

/** The effect of missed time on the portfolio. */
export interface MadeUp {
  readonly events: readonly PositionEvent[];
  /** One for each minute that was missed as a whole, ascending. */
  readonly marks: readonly EquityMark[];
}

/** The state in which a portfolio was left. */
export interface Left {
  readonly portfolio: Portfolio;
  /** By lane: up to when a held market was observed; NaN if nothing is held. */
  readonly observedAt: Float64Array;
  /** Up to this time minutes are marked and opportunities decided. */
  readonly settledUntil: EpochMs;
  /** Opportunities found later than that, ascending. */
  readonly waiting: readonly Opportunity[];
}

type Terms = Pick<Settings, 'risk' | 'costs' | 'data' | 'application' | 'portfolio'>;

/** How long candles of unseen time are waited for. */
const UNSEEN_MS: DurationMs = DAY_MS;

/**
 * The paper broker for missed time (semantics §5): it replays missed time from the exchange's
 * trades where they are known, else from candles, minute by minute.
 */
export class AbsenceBroker {
  readonly portfolio: Portfolio;
  /** By lane: up to when a held market was replayed. */
  readonly observedAt: Float64Array;
  private settledUntil: EpochMs;
  private waiting: readonly Opportunity[];
  private readonly rates: QuoteRates;
  private readonly rateNow: RateOf;
  private readonly terms: Terms;
  private readonly courses: Courses;
  private exits: ExitSignals = new Map();
  /** Markets whose last price is older than the time up to which they were replayed. */
  private readonly unpriced: Set<number>;

  /** `rateNow`: the rate where the candles of the time give none. */
  constructor(left: Left, terms: Terms, rateNow: RateOf) {
    this.portfolio = left.portfolio;
    this.observedAt = Float64Array.from(left.observedAt);
    const endsUnseen = ({ market, unseen }: Trade) => unseen?.at(-1)?.to === left.observedAt[market];
    this.unpriced = new Set(left.portfolio.open.filter(endsUnseen).map(({ market }) => market));
    this.settledUntil = left.settledUntil;
    this.waiting = left.waiting;
    this.rates = new QuoteRates(left.portfolio.markets, terms.portfolio.currency);
    this.rateNow = rateNow;
    this.terms = terms;
    this.courses = new Courses(terms.data.maxJump, terms.application.positionCheckIntervalMs);
  }

  /** Adds all trades of a held market in a stretch. */
  know(market: number, stretch: TradeStretch): void {
    this.courses.know(market, stretch);
  }

  /** Sets the exit signals of the strategy in missed time. */
  knowExits(exits: ExitSignals): void {
    this.exits = exits;
  }

  /** The held markets that are not replayed up to then. */
  missing(until: EpochMs): readonly number[] {
    return this.portfolio.open.map(({ market }) => market).filter(market => this.observedAt[market]! < until);
  }

  /** Whether all trades of a market from its last observation until then are known. */
  isKnown(market: number, until: EpochMs): boolean {
    const from = this.observedAt[market]!;
    return from >= until || this.courses.over(market, from, until) !== null;
  }

  /**
   * Replays the remaining minutes of a tape, the last one only up to `until` if that is within it.
   * With `books`, an entry walks a book of its minute.
   */
  settle(tape: Tape, until: EpochMs, books: StoredBooks | null = null): MadeUp {
    this.rates.advance(tape);
    const events: PositionEvent[] = [];
    const marks: EquityMark[] = [];
    for (let row = 0; row < tape.minutes && tape.start + row * MINUTE_MS < until; row++) {
      const opensAt = tape.start + row * MINUTE_MS;
      if (opensAt >= this.settledUntil && opensAt + MINUTE_MS <= until) this.enterPending(tape, row, books, events);
      this.minute(tape, row, until, events, marks);
    }
    this.settledUntil = Math.max(this.settledUntil, Math.min(until, tape.start + tape.minutes * MINUTE_MS));
    return { events, marks };
  }

  /** Gives up unknown time of held markets until then: it is recorded as unseen with each trade. */
  giveUp(until: EpochMs): void {
    for (const trade of this.portfolio.open) {
      const from = this.observedAt[trade.market]!;
      if (from < until) this.keepUnseen(trade, from, until);
    }
  }

  /**
   * Applies the exits to open trades at the candles of their unseen time, as far as a tape has
   * them. Unseen time that is a day old by `now` is dropped.
   */
  makeUpUnseen(tape: Tape, now: EpochMs): readonly PositionEvent[] {
    this.rates.advance(tape);
    const events: PositionEvent[] = [];
    for (const trade of [...this.portfolio.open]) {
      let left: readonly Unseen[] = [];
      for (const { from, to, stop, low } of trade.unseen ?? []) {
        for (let opensAt = wholeMinute(from); opensAt < to; opensAt += MINUTE_MS) {
          const part = {
            from: Math.max(from, opensAt),
            to: Math.min(to, opensAt + MINUTE_MS),
            stop,
            ...(low && { low }),
          };
          const row = (opensAt - tape.start) / MINUTE_MS;
          const isThere = row >= 0 && row < tape.minutes;
          const cell = isThere ? tape.cell[trade.market * tape.minutes + row] : Cell.absent;
          if (cell === Cell.absent) left = part.to < now - UNSEEN_MS ? left : joined(left, part);
          else if (trade.remaining > 0 && trade.unfinished?.level !== null) {
            const at = trade.market * tape.minutes + row - 1;
            const last = row > 0 && tape.cell[at] !== Cell.absent ? tape.close[at]! : Number.NaN;
            events.push(...this.byCandle(trade, tape, row, { last, checkAt: null, stop }));
            const terms = this.exitTerms(trade.market, row);
            if (terms) events.push(...observeLowSince(this.portfolio, trade, low, terms));
          }
        }
      }
      if (left.length > 0) trade.unseen = left;
      else delete trade.unseen;
    }
    return events;
  }

  /** The current state. */
  get left(): Left {
    const { portfolio, observedAt, settledUntil, waiting } = this;
    return { portfolio, observedAt, settledUntil, waiting };
  }

  private rateAt(market: number, row: number): number {
    const rate = this.rates.at(market, row);
    return rate > 0 ? rate : this.rateNow(market);
  }

  private exitTerms(market: number, row: number): ExitTerms | null {
    const rate = this.rateAt(market, row - 1);
    return rate > 0 ? { rate, sell: sellAt(rate, this.terms.costs) } : null;
  }

  private minute(tape: Tape, row: number, until: EpochMs, events: PositionEvent[], marks: EquityMark[]): void {
    const { portfolio } = this;
    const opensAt = tape.start + row * MINUTE_MS;
    const closesAt = opensAt + MINUTE_MS;
    const isWhole = closesAt <= until;

    for (const trade of [...portfolio.open]) events.push(...this.watch(trade, tape, row, Math.min(closesAt, until)));

    if (!isWhole || closesAt <= this.settledUntil) return;
    const value = openValue(portfolio, market => this.rateAt(market, row));
    marks.push({ at: closesAt, kind: 'minute', cash: portfolio.cash, openValue: value });
    const marked = { from: closesAt, to: closesAt, equity: portfolio.cash + value };
    markMinutes(portfolio.history, marked, this.terms.risk);
    this.settledUntil = closesAt;
    portfolio.pending.push(...this.waiting.filter(({ at }) => at <= opensAt));
    this.waiting = this.waiting.filter(({ at }) => at > opensAt);
  }

  private enterPending(tape: Tape, row: number, books: StoredBooks | null, events: PositionEvent[]): void {
    const { portfolio } = this;
    const { risk, costs } = this.terms;
    const at = tape.start + row * MINUTE_MS;
    const rateOf = (market: number) => this.rateAt(market, row - 1);
    if (Number.isNaN(openValue(portfolio, rateOf))) return;
    enterPending(portfolio, tape, row, { risk, rateOf }, events, (opportunity, open, equity) => {
      const { market } = opportunity;
      const rate = rateOf(market);
      const listed = portfolio.markets[market]!;
      const byCandle = buyAt(open, listed, rate, costs);
      const buy = books
        ? buyAtStored(books.of(market, at), listed, { costs, rate }, byCandle, () => undefined)
        : byCandle;
      const event = enter(portfolio, opportunity, at, buy, { risk, costs, equity, rate });
      if (event.kind === 'opened') {
        this.observedAt[market] = at;
        this.unpriced.add(market); // its last price may be that of an earlier trade
      }
      return event;
    });
  }

  /**
   * Replays the missed time of a trade in one minute. A minute that is not over can only be
   * replayed from trades.
   */
  private watch(trade: Trade, tape: Tape, row: number, end: EpochMs): readonly PositionEvent[] {
    const { market } = trade;
    noteExitSignal(trade, this.exits);
    const opensAt = tape.start + row * MINUTE_MS;
    const from = Math.max(this.observedAt[market]!, opensAt);
    if (from >= end || this.observedAt[market]! < opensAt) return [];
    const course = this.courses.over(market, from, end);
    if (course) {
      this.observedAt[market] = end;
      return this.byTrades(trade, course, from, end, this.exitTerms(market, row));
    }
    if (end < opensAt + MINUTE_MS) return [];
    if (tape.cell[market * tape.minutes + row] === Cell.absent) {
      this.keepUnseen(trade, from, end);
      return [];
    }
    const everyMs = this.terms.application.positionCheckIntervalMs;
    const checkAt = from === opensAt ? lastCheck(from, end, everyMs) : null;
    const last = this.priceOf(market);
    const events = this.byCandle(trade, tape, row, { last, checkAt, stop: trade.stop });
    this.observedAt[market] = end;
    this.setPrice(market, tape.close[market * tape.minutes + row]!);
    return events;
  }

  /** The price of a held market at the time up to which it was replayed; NaN if unknown. */
  private priceOf(market: number): Price {
    return this.unpriced.has(market) ? Number.NaN : this.portfolio.lastPrice[market]!;
  }

  private setPrice(market: number, price: Price): void {
    this.portfolio.lastPrice[market] = price;
    this.unpriced.delete(market);
  }

  /**
   * The trade is ambiguous whatever the candles will show: a check might have seen more than they
   * do.
   */
  private keepUnseen(trade: Trade, from: EpochMs, to: EpochMs): void {
    trade.unseen = joined(trade.unseen ?? [], { from, to, stop: trade.stop });
    trade.ambiguous = true;
    this.observedAt[trade.market] = to;
    this.unpriced.add(trade.market);
  }

  private byTrades(trade: Trade, course: Course, from: EpochMs, to: EpochMs, terms: ExitTerms | null): PositionEvent[] {
    const { market } = trade;
    const said = this.courses.read(course, this.priceOf(market));
    const events: PositionEvent[] = [];
    for (const moment of said.moments)
      if (terms && trade.remaining > 0 && moment.at > from && moment.at <= to)
        events.push(...observeMoment(this.portfolio, trade, moment, terms));
    const last = said.trades.findLast(({ at }) => at <= to);
    if (last) this.setPrice(market, last.price);
    return events;
  }

  private byCandle(
    trade: Trade,
    tape: Tape,
    row: number,
    { last, checkAt, stop }: Pick<MissedCandle, 'checkAt' | 'stop'> & { readonly last: Price },
  ): readonly PositionEvent[] {
    const terms = this.exitTerms(trade.market, row);
    if (!terms) return [];
    const range = rangeOf(tape, trade.market * tape.minutes + row, last, this.terms.data.maxJump);
    const closesAt = tape.start + (row + 1) * MINUTE_MS;
    const at = Math.max(closesAt, trade.exits.at(-1)?.at ?? closesAt);
    return observeMissed(this.portfolio, trade, { at, ...range, checkAt, stop }, terms);
  }
}
