import { QuoteRates } from '../rates.js';
import type { CostSettings, Settings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Money, type Price } from '../units.js';
import { enterPending } from './entries.js';
import { enter } from './entry.js';
import type { Opportunity, PositionEvent } from './events.js';
import { buyAt, sellAt, type FillBuy, type FillSell } from './fills.js';
import { isProtected, markMinutes } from './history.js';
import { applyExits } from './observe.js';
import { openValue, type Portfolio } from './portfolio.js';
import { closeOut } from './sell.js';
import { buyAtStored, sellAtStored, type StoredBooks } from './stored-books.js';

/** The effect of a stretch of time on the portfolio. */
export interface Settlement {
  readonly start: EpochMs;
  readonly minutes: number;
  /** Cash and open value at the close of each minute. */
  readonly equity: Float64Array;
  /** Open value at the close of each minute. */
  readonly exposed: Float64Array;
  readonly events: readonly PositionEvent[];
  /** Fills that walked a stored order book. */
  readonly walked: number;
}

/** A tape with the signals of a strategy on it. */
export interface TradableTape extends Tape {
  readonly opportunities: readonly Opportunity[];
  /** For each cell 1 if an exit of the strategy held on its candle; null without exits. */
  readonly exits?: Uint8Array | null;
}

type Terms = Pick<Settings, 'risk' | 'costs'>;

interface FillTerms {
  readonly costs: CostSettings;
  readonly rate: number;
}

/** The paper broker on candles (semantics §5): fills, exits and marks, minute by minute. */
export class CandleBroker {
  readonly portfolio: Portfolio;
  private readonly rates: QuoteRates;
  private readonly books: StoredBooks | null;
  private walked = 0;

  /** With `books`, a fill walks a book of its minute if there is one. */
  constructor(portfolio: Portfolio, currency: string, books: StoredBooks | null = null) {
    this.portfolio = portfolio;
    this.rates = new QuoteRates(portfolio.markets, currency);
    this.books = books;
  }

  /** Settles the minutes of a tape that open at or after `from` and before `to`. */
  settle(tape: TradableTape, from: EpochMs, to: EpochMs, terms: Terms): Settlement {
    this.rates.advance(tape);
    const first = Math.max(0, Math.ceil((from - tape.start) / MINUTE_MS));
    const end = Math.max(first, Math.min(tape.minutes, Math.ceil((to - tape.start) / MINUTE_MS)));
    const equity = new Float64Array(end - first);
    const exposed = new Float64Array(end - first);
    const events: PositionEvent[] = [];
    const { portfolio } = this;
    const { opportunities } = tape;
    this.walked = 0;
    const isWatched = isProtected(terms.risk);
    const mark = (rowFrom: number, rowTo: number, equityAt: Money) => {
      const closeOf = (row: number) => tape.start + (row + 1) * MINUTE_MS;
      const minutes = { from: closeOf(rowFrom), to: closeOf(rowTo), equity: equityAt };
      markMinutes(portfolio.history, minutes, terms.risk);
    };
    if (isWatched && portfolio.history.markedUntil === null && first < end)
      mark(first - 1, first - 1, portfolio.cash + openValue(portfolio, market => this.rates.at(market, first - 1)));
    let next = 0;
    for (let row = first; row < end; row++) {
      const idle = portfolio.open.length === 0 && portfolio.pending.length === 0;
      if (idle) {
        // Nothing can happen before the next opportunity.
        const until =
          next < opportunities.length ? Math.min(end, (opportunities[next]!.at - tape.start) / MINUTE_MS) : end;
        equity.fill(portfolio.cash, row - first, until - first);
        if (isWatched && until > row) mark(row, until - 1, portfolio.cash);
        row = until;
        if (row >= end) break;
      } else this.minute(tape, row, terms, events);
      const value = openValue(portfolio, market => this.rates.at(market, row));
      exposed[row - first] = value;
      equity[row - first] = portfolio.cash + value;
      if (isWatched) mark(row, row, portfolio.cash + value);
      for (const at = tape.start + row * MINUTE_MS; opportunities[next]?.at === at; next++)
        portfolio.pending.push(opportunities[next]!);
    }
    return {
      start: tape.start + first * MINUTE_MS,
      minutes: end - first,
      equity,
      exposed,
      events,
      walked: this.walked,
    };
  }

  /**
   * Closes the open trades at `at`, at their last close less costs, and expires the pending
   * opportunities.
   */
  finish(at: EpochMs, { costs }: Terms): { readonly events: readonly PositionEvent[]; readonly equity: Money } {
    const { portfolio } = this;
    const expired = portfolio.pending.map((opportunity): PositionEvent => ({ kind: 'expired', opportunity, at }));
    portfolio.pending = [];
    const closed = [...portfolio.open].flatMap(trade => {
      const rate = this.rates.latest(trade.market);
      const terms = { rate, sell: sellAt(rate, costs) };
      return closeOut(portfolio, trade, at, portfolio.lastPrice[trade.market]!, 'end_of_data', terms);
    });
    return { events: [...expired, ...closed], equity: portfolio.cash };
  }

  /** Fills, exits, then last prices: the order of semantics §5. */
  private minute(tape: TradableTape, row: number, { risk, costs }: Terms, events: PositionEvent[]): void {
    const { portfolio, rates } = this;
    const opensAt = tape.start + row * MINUTE_MS;
    const rateBefore = (market: number) => rates.at(market, row - 1);

    enterPending(portfolio, tape, row, { risk, rateOf: rateBefore }, events, (opportunity, open, equity) => {
      const { market } = opportunity;
      const rate = rateBefore(market);
      const buy = this.buy(market, opensAt, open, { costs, rate });
      const before = this.walked;
      const event = enter(portfolio, opportunity, opensAt, buy, { risk, costs, equity, rate });
      if (event.kind !== 'opened') this.walked = before;
      return event;
    });

    for (const trade of [...portfolio.open]) {
      const cell = trade.market * tape.minutes + row;
      if (tape.cell[cell] !== Cell.traded) continue;
      const seen = {
        at: opensAt + MINUTE_MS,
        opensAt,
        open: tape.open[cell]!,
        high: tape.high[cell]!,
        low: tape.low[cell]!,
      };
      const rate = rateBefore(trade.market);
      events.push(
        ...applyExits(portfolio, trade, seen, { rate, sell: this.sell(trade.market, opensAt, { costs, rate }) }),
      );
    }

    for (const trade of portfolio.open) {
      const { market } = trade;
      const cell = market * tape.minutes + row;
      if (tape.cell[cell] !== Cell.absent) portfolio.lastPrice[market] = tape.close[cell]!;
      if (tape.exits?.[cell]) trade.exitSignalAt ??= opensAt + MINUTE_MS;
    }
  }

  private buy(market: number, minute: EpochMs, open: Price, { costs, rate }: FillTerms): FillBuy {
    const listed = this.portfolio.markets[market]!;
    const buy = buyAt(open, listed, rate, costs);
    const { books } = this;
    return books ? buyAtStored(books.of(market, minute), listed, { costs, rate }, buy, () => this.walked++) : buy;
  }

  private sell(market: number, minute: EpochMs, { costs, rate }: FillTerms): FillSell {
    const sell = sellAt(rate, costs);
    const { books } = this;
    if (!books) return sell;
    const listed = this.portfolio.markets[market]!;
    return sellAtStored(
      () => books.of(market, minute),
      listed,
      { costs, rate },
      sell,
      () => this.walked++,
    );
  }
}
