import type { Market } from '../market.js';
import { QuoteRates } from '../rates.js';
import type { FilteringSettings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
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

/**
 * Which markets are tradable (semantics §3, the rules that candles alone answer), carried from tape to tape.
 * Judged at each refresh from candles closed by then; the verdict holds for candles that close at or after it.
 */
export class Universe {
  private readonly listings: readonly Listing[];
  private readonly windows: readonly DayWindow[];
  private readonly usd: QuoteRates;
  private readonly own: QuoteRates;
  private readonly verdicts: Uint8Array;
  private readonly refreshMinutes: number;
  private next = NaN;

  constructor(listings: readonly Listing[], refreshMs: DurationMs, currency: string) {
    const markets = listings.map(({ market }) => market);
    this.listings = listings;
    this.refreshMinutes = refreshMs / MINUTE_MS;
    this.windows = listings.map(() => new DayWindow(this.refreshMinutes));
    this.usd = new QuoteRates(markets, 'USD');
    this.own = new QuoteRates(markets, currency);
    this.verdicts = new Uint8Array(listings.length);
  }

  /** The verdict of each cell of the tape. */
  advance(tape: Tape, filtering: FilteringSettings): Uint8Array {
    const { minutes, markets } = tape;
    const out = new Uint8Array(minutes * markets);
    const first = tape.start / MINUTE_MS;
    // Minutes between two tapes are gaps of every market; of more than two days nothing is left in any window.
    const missed = Number.isNaN(this.next) ? 0 : Math.min(first - this.next, 2 * 1440);
    this.usd.advance(tape);
    this.own.advance(tape);
    for (let market = 0; market < markets; market++) {
      const lane = market * minutes;
      for (let row = -missed; row < minutes;) {
        // A stretch ends at a refresh, at the tape's first minute and at its end.
        const minute = first + row;
        const slot = this.refreshMinutes - (minute % this.refreshMinutes);
        const count = Math.min(slot, row < 0 ? -row : minutes - row);
        const before = this.verdicts[market]!;
        this.windows[market]!.take(tape, row < 0 ? -1 : lane + row, minute, count);
        row += count;
        if (count === slot)
          this.verdicts[market] = this.judge(market, minute + count - 1, Math.max(row - 1, -1), filtering);
        if (row <= 0) continue;
        out.fill(before, lane + row - count, lane + row);
        out[lane + row - 1] = this.verdicts[market]!; // the candle that closes at the refresh has the new verdict
      }
    }
    this.next = first + minutes;
    return out;
  }

  private judge(market: number, minute: number, row: number, filtering: FilteringSettings): number {
    const listing = this.listings[market]!;
    const window = this.windows[market]!;
    const facts = {
      market: listing.market,
      priced: !Number.isNaN(this.own.at(market, row)),
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
