import type { ExchangeFailure } from '../exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../exchange/ports.js';
import { TradePages } from '../exchange/trade-pages.js';
import { MINUTE_MS, type DurationMs, type EpochMs, wholeMinute } from '../units.js';

/** When a gap is given up. */
export interface RepairRules {
  /** A longer gap is not attempted. */
  readonly maxMinutes: number;
  readonly maxPages: number;
  /** Requests that failed, or whose answer was unusable. */
  readonly maxTries: number;
  readonly timeoutMs: DurationMs;
}

/**
 * Minutes whose trades are requested page by page: a gap, or known minutes that have to be
 * verified.
 */
export class Repair {
  /** All trades before this are known. */
  reached: EpochMs;
  /** The first minute after the gap, or one that candles reach back to. */
  readonly until: EpochMs;
  readonly verifies: boolean;
  private readonly rules: RepairRules;
  private readonly deadline: EpochMs;
  private readonly isTooLong: boolean;
  private readonly trades: TradePages;
  /** The trades of the last page's last, incomplete minute. */
  private rest: readonly PublicTrade[] = [];
  private pages = 0;
  private tries = 0;

  /** `verifies`: it begins with known minutes that are not confirmed. */
  constructor(from: EpochMs, until: EpochMs, now: EpochMs, rules: RepairRules, verifies = false) {
    this.verifies = verifies;
    this.reached = from;
    this.until = until;
    this.rules = rules;
    this.trades = new TradePages(from);
    this.deadline = now + rules.timeoutMs;
    this.isTooLong = until - from > rules.maxMinutes * MINUTE_MS;
  }

  /** The `since` of the next request, in nanoseconds. */
  get cursor(): string {
    return this.trades.cursor;
  }

  /**
   * Processes the next page. Returns the trades of the minutes before `to`, which are complete by
   * now; null without any: the page must not be used, or had nothing new for the first time.
   * Minutes that open at or after `over` are not over yet.
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

  /** Counts a failed request, unless it waited for its turn or for the exchange to come back. */
  fail({ next }: ExchangeFailure): void {
    if (next !== 'wait') this.tries++;
  }

  isHopeless(now: EpochMs): boolean {
    const { maxTries, maxPages } = this.rules;
    return this.isTooLong || this.tries >= maxTries || this.pages >= maxPages || now >= this.deadline;
  }
}
