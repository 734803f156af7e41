import type { TradesAnswer, PublicTrade } from '../exchange/ports.js';
import { candlesOfTrades } from '../live/from-trades.js';
import { pushRow } from '../live/rows.js';
import { isQuiet } from '../series/bad-row.js';
import { CandleColumns, type Candles } from '../series/candles.js';
import { MINUTE_MS, type EpochMs, type Price, wholeMinute } from '../units.js';

/** A period of whole minutes: from ≤ t < to. */
export interface Stretch {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Minutes of which everything is known. */
export interface WholeMinutes {
  /** Ascending; none of a minute before the first trade, where no close is known to be flat at. */
  readonly candles: Candles;
  /** All minutes before this one have been given out or left out. */
  readonly next: EpochMs;
}

/** A market may have been silent for years: so long a silence is handed out in parts. */
const MOST_MINUTES = 1 << 14;
const NS_PER_MS = 1_000_000n;

/**
 * The minutes of a period out of the pages of a market's trades. A page gives the minutes that it ends behind; the trades of
 * the minute in which it ends are kept for the next one. So no more than a page and a minute is ever held.
 *
 *     page 1 |··|····|·|···|·        minutes 1–4, the fifth is kept
 *     page 2               |··|···   minute 5 …
 */
export class TradeMinutes {
  /** The first minute that has not been given out. */
  next: EpochMs;
  /** The next page holds the trades after this one, in nanoseconds. */
  cursor: string;
  private readonly to: EpochMs;
  private close: Price;
  private rest: readonly PublicTrade[] = [];

  /** `close` is that of the minute right before the period; NaN where it is not known. All minutes of the period are over. */
  constructor({ from, to }: Stretch, close: Price) {
    this.next = from;
    this.to = to;
    this.close = close;
    this.cursor = String(BigInt(from) * NS_PER_MS - 1n);
  }

  get isDone(): boolean {
    return this.next >= this.to;
  }

  /** Whether candles can be made of a page: all of its trades are good, and it gets on. */
  isUsable({ trades, last, rejected }: TradesAnswer): boolean {
    return rejected === 0 && (trades.length === 0 || this.getsOn(last));
  }

  /** Takes a usable page. An empty one says that nothing was traded since. */
  *take({ trades, last }: TradesAnswer): Generator<WholeMinutes, void, undefined> {
    const end = trades.at(-1);
    if (end) this.cursor = last;
    const until = end ? Math.max(this.next, Math.min(this.to, wholeMinute(end.at))) : this.to;
    let known = [...this.rest, ...trades];
    this.rest = known.filter(({ at }) => at >= until);
    while (this.next < until) {
      const to = Math.min(until, this.next + MOST_MINUTES * MINUTE_MS);
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

  /** Gives up a page that cannot be used: leaves out every minute that it touches. Null where it does not get on. */
  leaveOut({ last }: TradesAnswer): Stretch | null {
    if (!this.getsOn(last)) return null;
    const from = this.next;
    this.cursor = last;
    this.next = Math.max(from, Math.min(this.to, wholeMinute(Number(BigInt(last) / NS_PER_MS)) + MINUTE_MS));
    this.rest = [];
    this.close = Number.NaN;
    return { from, to: this.next };
  }

  private getsOn(last: string): boolean {
    return BigInt(last) > BigInt(this.cursor);
  }
}
