import type { ExchangeFailure } from '../exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../exchange/ports.js';
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

const NS_PER_MS = 1_000_000n;

/** A hole in a market's minutes that is filled from its trades, page by page. */
export class Repair {
  /** The first minute behind the hole, or one from where on candles reach. */
  readonly until: EpochMs;
  /** Where the next page begins, in nanoseconds: after this one. */
  cursor: string;
  private readonly rules: RepairRules;
  private readonly deadline: EpochMs;
  private readonly isTooLong: boolean;
  /** Trades of the minute in which the last page ended. */
  private rest: readonly PublicTrade[] = [];
  private pages = 0;
  private tries = 0;

  constructor(from: EpochMs, until: EpochMs, now: EpochMs, rules: RepairRules) {
    this.until = until;
    this.rules = rules;
    this.cursor = String(BigInt(from) * NS_PER_MS - 1n);
    this.deadline = now + rules.patienceMs;
    this.isTooLong = until - from > rules.mostMinutes * MINUTE_MS;
  }

  /**
   * Takes the next page. Gives the trades of the minutes before `to` of which all trades are known by it, null where it is
   * of no use: it does not get on, or a trade of it is bad, so that the candle of some minute would be wrong. An empty
   * page says that nothing was traded since; minutes that open at or after `over` are not over yet.
   */
  take(
    { trades, last, rejected }: TradesAnswer,
    over: EpochMs,
  ): { readonly trades: readonly PublicTrade[]; readonly to: EpochMs } | null {
    const end = trades.at(-1);
    if (rejected > 0 || (end && BigInt(last) <= BigInt(this.cursor))) {
      this.tries++;
      return null;
    }
    this.pages++;
    if (end) this.cursor = last;
    const to = end ? Math.min(over, wholeMinute(end.at)) : over;
    const all = [...this.rest, ...trades];
    this.rest = all.filter(({ at }) => at >= to);
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
