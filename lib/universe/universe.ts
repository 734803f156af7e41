import type { Market } from '../market.js';
import { QuoteRates } from '../rates.js';
import type { FilteringSettings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { DayWindow } from './day-window.js';
import { candleRules } from './rules/index.js';

/** A cell's verdict: not judged yet, tradable, or `FIRST_RULE` + the place of the first of `candleRules` that failed. */
export const Verdict = { notJudged: 0, tradable: 1, firstRule: 2 } as const;

/** What is known of a market before its first tape. */
export interface Listing {
  readonly market: Market;
  /** Open time of its first candle ever; NaN where unknown. */
  readonly firstCandleAt: EpochMs;
  /** Only its price is wanted, to convert a currency or to compare with: it is never decided on. */
  readonly auxiliary?: boolean;
}

/** 1-minute returns that must be known of the last 1,440 for a volatility in a backtest: all. */
export const ALL_RETURNS = 1440;

/** Of minutes that are longer ago than this nothing is left in any window. */
const FORGOTTEN = 2 * 1440;

/**
 * Which markets are tradable (semantics §3, the rules that candles alone answer), carried from tape to tape.
 * Judged at each refresh from candles closed by then; the verdict holds for candles that close at or after it.
 *
 * Each market goes by its own minutes, so that those of a late tape are judged as if they had come in time. Absent cells
 * behind the last known one may still come; once a later one does, they were a gap, refreshes in it included.
 */
export class Universe {
  private readonly listings: readonly Listing[];
  private readonly windows: readonly DayWindow[];
  private readonly usd: QuoteRates;
  private readonly own: QuoteRates;
  private readonly verdicts: Uint8Array;
  private readonly refreshMinutes: number;
  /** The minute, counted from the epoch, that follows each market's last known one; NaN before the first. */
  private readonly next: Float64Array;
  /** The first minute at whose close each market's quote currency had a price; NaN while there is none. */
  private readonly pricedSince: Float64Array;
  /** The first minute of the first tape. */
  private first = NaN;

  constructor(listings: readonly Listing[], refreshMs: DurationMs, currency: string) {
    const markets = listings.map(({ market }) => market);
    this.listings = listings;
    this.refreshMinutes = refreshMs / MINUTE_MS;
    this.windows = listings.map(() => new DayWindow(this.refreshMinutes));
    this.usd = new QuoteRates(markets, 'USD');
    this.own = new QuoteRates(markets, currency);
    this.verdicts = new Uint8Array(listings.length);
    this.next = new Float64Array(listings.length).fill(NaN);
    this.pricedSince = new Float64Array(listings.length).fill(NaN);
  }

  /** The verdict of each cell of the tape. Present cells that a market has gone past are not judged again. */
  advance(tape: Tape, filtering: FilteringSettings): Uint8Array {
    const { minutes, markets } = tape;
    const out = new Uint8Array(minutes * markets);
    const first = tape.start / MINUTE_MS;
    if (Number.isNaN(this.first)) this.first = first;
    this.usd.advance(tape);
    this.own.advance(tape);
    this.notePrices(first, minutes);
    for (let market = 0; market < markets; market++) {
      const lane = market * minutes;
      const end = this.endOf(tape, market);
      let row = end > 0 ? Math.max(this.startOf(tape, market) - first, -FORGOTTEN) : end;
      while (row < end) {
        // A stretch ends at a refresh, at the tape's first minute and at the last known one.
        const minute = first + row;
        const slot = this.refreshMinutes - (minute % this.refreshMinutes);
        const count = Math.min(slot, row < 0 ? -row : end - row);
        const before = this.verdicts[market]!;
        this.windows[market]!.take(tape, row < 0 ? -1 : lane + row, minute, count);
        row += count;
        if (count === slot)
          this.verdicts[market] = this.judge(market, minute + count - 1, Math.max(row - 1, -1), filtering);
        if (row <= 0) continue;
        out.fill(before, lane + row - count, lane + row);
        out[lane + row - 1] = this.verdicts[market]!; // the candle that closes at the refresh has the new verdict
        this.next[market] = minute + count;
      }
      out.fill(this.verdicts[market]!, lane + end, lane + minutes);
    }
    return out;
  }

  /** The row after a market's last present cell; 0 where it has none. */
  private endOf({ cell, minutes }: Tape, market: number): number {
    const lane = market * minutes;
    let end = minutes;
    while (end > 0 && cell[lane + end - 1] === Cell.absent) end--;
    return end;
  }

  /** The minute from which on a market's cells are new: of its first tape, that of the first tape of all, or its own if earlier. */
  private startOf({ cell, minutes, start }: Tape, market: number): number {
    const next = this.next[market]!;
    if (!Number.isNaN(next)) return next;
    let row = 0;
    while (cell[market * minutes + row] === Cell.absent) row++;
    return Math.min(this.first, start / MINUTE_MS + row);
  }

  /** A gap is judged when it is over: by then it has to be known whether there was a price at a refresh in it. */
  private notePrices(first: number, minutes: number): void {
    const { pricedSince, own } = this;
    for (let market = 0; market < pricedSince.length; market++) {
      if (!Number.isNaN(pricedSince[market]!) || Number.isNaN(own.at(market, minutes - 1))) continue;
      let row = -1;
      while (Number.isNaN(own.at(market, row))) row++;
      pricedSince[market] = row < 0 ? -Infinity : first + row;
    }
  }

  private judge(market: number, minute: number, row: number, filtering: FilteringSettings): number {
    const listing = this.listings[market]!;
    const window = this.windows[market]!;
    const facts = {
      market: listing.market,
      priced: this.pricedSince[market]! <= minute,
      dailyVolume: window.turnover(minute) * this.usd.at(market, row),
      volatility: window.volatility(minute, ALL_RETURNS),
      historyMs: (minute + 1) * MINUTE_MS - listing.firstCandleAt,
    };
    for (let i = 0; i < candleRules.length; i++) {
      const rule = candleRules[i]!;
      const passes = rule.judge(facts, filtering);
      if (passes === false || (passes === 'unknown' && filtering.unknown[rule.name] === 'fail'))
        return Verdict.firstRule + i;
    }
    return Verdict.tradable;
  }
}
