import type { ExchangeFailure } from '../exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../exchange/ports.js';
import { TradePages } from '../exchange/trade-pages.js';
import { MINUTE_MS, type DurationMs, type EpochMs, wholeMinute } from '../units.js';

/** When a hole is given up. */
export interface RepairRules {
  /** Longer than this, and it is not tried. */
  readonly mostMinutes: number;
  readonly mostPages: number;
  /** Questions that failed, or whose answer could not be used. */
  readonly mostTries: number;
  readonly patienceMs: DurationMs;
}

/** A stretch of minutes whose trades are asked for, page by page: a hole, or known minutes that have to be verified. */
export class Repair {
  /** All trades before this are known. */
  reached: EpochMs;
  /** The first minute behind the hole, or one from where on candles reach. */
  readonly until: EpochMs;
  readonly verifies: boolean;
  private readonly rules: RepairRules;
  private readonly deadline: EpochMs;
  private readonly isTooLong: boolean;
  private readonly trades: TradePages;
  /** Trades of the minute in which the last page ended. */
  private rest: readonly PublicTrade[] = [];
  private pages = 0;
  private tries = 0;

  /** `verifies`: it begins with known minutes that were not confirmed. */
  constructor(from: EpochMs, until: EpochMs, now: EpochMs, rules: RepairRules, verifies = false) {
    this.verifies = verifies;
    this.reached = from;
    this.until = until;
    this.rules = rules;
    this.trades = new TradePages(from);
    this.deadline = now + rules.patienceMs;
    this.isTooLong = until - from > rules.mostMinutes * MINUTE_MS;
  }

  /** The `since` of the next request, in nanoseconds. */
  get cursor(): string {
    return this.trades.cursor;
  }

  /**
   * Takes the next page. Gives the trades of the minutes before `to` of which all trades are known by it, null where none are:
   * it must not be used, or brought nothing new for the first time. Minutes that open at or after `over` are not over yet.
   */
  take(page: TradesAnswer, over: EpochMs): { readonly trades: readonly PublicTrade[]; readonly to: EpochMs } | null {
    const news = this.trades.take(page);
    if (news.kind === 'unusable') this.tries++;
    else this.pages++;
    if (news.kind !== 'trades' && news.kind !== 'silence') return null;
    const trades = news.kind === 'trades' ? news.trades : [];
    const to = news.kind === 'trades' ? Math.min(over, wholeMinute(trades.at(-1)!.at)) : over;
    const all = [...this.rest, ...trades];
    this.rest = all.filter(({ at }) => at >= to);
    this.reached = Math.max(this.reached, to);
    return { trades: all.filter(({ at }) => at < to), to };
  }

  /** It was not answered. Waiting for one's turn, or for the exchange to come back, does not count. */
  fail({ next }: ExchangeFailure): void {
    if (next !== 'wait') this.tries++;
  }

  isHopeless(now: EpochMs): boolean {
    const { mostTries, mostPages } = this.rules;
    return this.isTooLong || this.tries >= mostTries || this.pages >= mostPages || now >= this.deadline;
  }
}
