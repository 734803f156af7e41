import type { TradesAnswer, PublicTrade } from '../exchange/ports.js';
import { TradePages } from '../exchange/trade-pages.js';
import { candlesOfTrades } from './from-trades.js';
import { pushRow } from './rows.js';
import { isQuiet } from './bad-row.js';
import { CandleColumns, type Candles } from './candles.js';
import { MINUTE_MS, type EpochMs, type Price, wholeMinute } from '../units.js';

/** A period of whole minutes: from ≤ t < to. */
export interface TradeStretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Minutes that cannot be built, and why. */
export interface LeftOut extends TradeStretch {
  readonly reason: string;
}

/** Complete minutes. */
export interface WholeMinutes {
  /** Ascending; starts with the first trade, since earlier minutes have no close to be flat at. */
  readonly candles: Candles;
  /** All minutes before this one have been emitted or left out. */
  readonly next: EpochMs;
}

/** Maximum quiet minutes per batch: a market may have no trades for years. */
const MAX_MINUTES = 1 << 14;

/**
 * Builds the minutes of a period from pages of a market's trades. A page yields the minutes that
 * end before its last trade; the trades of the last minute wait for the next page. Memory: one page
 * and one minute.
 *
 *     page 1 |··|····|·|···|·        minutes 1–4, the fifth is kept
 *     page 2               |··|···   minute 5 …
 */
export class TradeMinutes {
  /** The first minute that has not been emitted. */
  next: EpochMs;
  private readonly to: EpochMs;
  private close: Price;
  private rest: readonly PublicTrade[] = [];
  private pages: TradePages;

  /** `close`: of the minute before the period, NaN if unknown. The period must be over. */
  constructor({ from, to }: TradeStretch, close: Price) {
    this.next = from;
    this.to = to;
    this.close = close;
    this.pages = new TradePages(from);
  }

  get isDone(): boolean {
    return this.next >= this.to;
  }

  /** The `since` of the next request, in nanoseconds. */
  get cursor(): string {
    return this.pages.cursor;
  }

  /** Number of consecutive unusable pages. */
  get misses(): number {
    return this.pages.misses;
  }

  /** Adds a page and returns the minutes it completes; null if the page is unusable. */
  take(page: TradesAnswer): Iterable<WholeMinutes> | null {
    const news = this.pages.take(page);
    switch (news.kind) {
      case 'unusable':
        return null;
      case 'unconfirmed':
        return [];
      case 'silence':
        return this.minutes([], this.to);
      case 'trades':
        return this.minutes(news.trades, Math.min(this.to, wholeMinute(news.trades.at(-1)!.at)));
    }
  }

  /**
   * Gives up on an unusable page: leaves out every minute that may miss trades because of it and
   * restarts after them. Null if the page is before the requested minutes.
   */
  leaveOut(): LeftOut | null {
    const { touched, reason } = this.pages;
    const from = this.next;
    const to = touched === null ? from : Math.min(this.to, wholeMinute(touched) + MINUTE_MS);
    if (to <= from) return null;
    this.next = to;
    this.rest = [];
    this.close = Number.NaN;
    this.pages = new TradePages(to);
    return { from, to, reason };
  }

  private *minutes(trades: readonly PublicTrade[], until: EpochMs): Generator<WholeMinutes, void, undefined> {
    let known = [...this.rest, ...trades];
    this.rest = known.filter(({ at }) => at >= until);
    while (this.next < until) {
      const to = Math.min(until, this.next + MAX_MINUTES * MINUTE_MS);
      const rows = candlesOfTrades(known, this.next, to, this.close);
      known = known.filter(({ at }) => at >= to);
      const candles = new CandleColumns(Math.max(1, rows.length));
      for (const row of rows)
        pushRow(candles, row, { quiet: isQuiet(row.volume, row.trades), flat: null, suspect: false });
      this.close = rows.at(-1)?.close ?? this.close;
      this.next = to;
      yield { candles, next: to };
    }
  }
}
