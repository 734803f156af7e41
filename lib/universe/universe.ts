import type { Market } from '../market.js';
import { QuoteRates } from '../rates.js';
import type { FilteringSettings } from '../settings/settings.js';
import { Cell, laneEnd, type Tape } from '../tape.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { DayWindow } from './day-window.js';
import { NOTHING_KNOWN, type LiveFacts, type MarketFacts } from './rule.js';
import { candleRules, rules } from './catalogue.js';
import { judgeBy, tellAll, type RuleVerdict } from './verdict.js';

/** What is known of a market before its first tape. */
export interface Listing {
  readonly market: Market;
  /** Open time of its first candle ever, of any timeframe; NaN where unknown. */
  readonly firstCandleAt: EpochMs;
  /** Only its price is wanted, to convert a currency or to compare with: it is never decided on. */
  readonly auxiliary?: boolean;
  /** Of its coin; null where it is not known. */
  readonly sector?: string | null;
}

/** What is known of a market at a refresh, besides candles; null where nothing had been asked yet. */
export type Known = (market: number, refreshAt: EpochMs) => LiveFacts | null;

/** What is known besides candles. Lanes are those of the listings; a refresh is named by its time, a whole minute. */
export interface Knowledge {
  /**
   * Live: what is known of a market at a refresh; null where nothing had been asked yet, at a refresh of the warm-up. A late
   * market's refreshes are asked for when its minutes come. With this every rule is judged, and `takeVerdicts` tells of it.
   */
  readonly known?: Known | undefined;
  /** In a backtest: the verdict, one of `Verdict`, that was stored at the refresh; undefined where candles have to tell. */
  readonly recorded?: ((market: number, refreshAt: EpochMs) => number | undefined) | undefined;
  /** In a backtest: whether `takeVerdicts` tells of the rules that candles answer, where none was stored. */
  readonly tells?: boolean | undefined;
}

/** 1-minute returns that must be known of the last 1,440 for a volatility in a backtest: all. */
export const ALL_RETURNS = 1440;
/** The same live, where what has been seen so far has to serve. */
export const LIVE_RETURNS = 360;
/** Minutes since the first known one of the last 1,440 without which nobody can tell how whole they are. */
const COVERED_MINUTES = 360;

/** Of minutes that are longer ago than this nothing is left in any window. */
const FORGOTTEN = 2 * 1440;

/**
 * Which markets are tradable (semantics §3), carried from tape to tape: by what candles alone can answer, unless more is known.
 * Judged at each refresh from candles closed by then; the verdict holds for candles that close at or after it.
 *
 * Each market goes by its own minutes, so that those of a late tape are judged as if they had come in time. Absent cells
 * behind the last known one may still come; once a later one does, they were a gap, refreshes in it included. A conversion is
 * at the last price that is known when a market's minutes come.
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
  /** The end of the tapes so far. */
  private end = NaN;
  private readonly knowledge: Knowledge;
  /** What is known as of the last tape. */
  private known: Known | undefined;
  /** The minute of each market's last refresh of which the verdicts were told. */
  private readonly told: Float64Array;
  /** By market: the refreshes that were told before the minutes that they are judged by. */
  private readonly overdue: readonly Set<number>[];
  private verdictsToTell: RuleVerdict[] = [];

  constructor(listings: readonly Listing[], refreshMs: DurationMs, currency: string, knowledge: Knowledge = {}) {
    const markets = listings.map(({ market }) => market);
    this.listings = listings;
    this.refreshMinutes = refreshMs / MINUTE_MS;
    this.windows = listings.map(() => new DayWindow(this.refreshMinutes));
    this.usd = new QuoteRates(markets, 'USD');
    this.own = new QuoteRates(markets, currency);
    this.verdicts = new Uint8Array(listings.length);
    this.next = new Float64Array(listings.length).fill(NaN);
    this.pricedSince = new Float64Array(listings.length).fill(NaN);
    this.knowledge = knowledge;
    this.known = knowledge.known;
    this.told = new Float64Array(listings.length).fill(-Infinity);
    this.overdue = listings.map(() => new Set());
  }

  /**
   * The verdict of each cell of the tape. Present cells that a market has gone past are not judged again. `known` replaces what
   * was known at the tape before, where more than candles is.
   */
  advance(tape: Tape, filtering: FilteringSettings, known = this.known): Uint8Array {
    this.known = known;
    const { minutes, markets } = tape;
    const out = new Uint8Array(minutes * markets);
    const first = tape.start / MINUTE_MS;
    if (Number.isNaN(this.first)) this.first = first;
    this.usd.advance(tape);
    this.own.advance(tape);
    this.end = Math.max(this.end || 0, first + minutes);
    this.notePrices(first, minutes);
    for (let market = 0; market < markets; market++) {
      const lane = market * minutes;
      const end = laneEnd(tape, market);
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
      if (this.known) this.tellOverdue(market, filtering);
    }
    return out;
  }

  /**
   * What every rule said at the refreshes that have been judged since the last call; none without `known` or `tells`. Of a market that has
   * no minute up to the next refresh it is told without waiting any longer, with its volatility and coverage unknown; the cells
   * that come later are judged by what they themselves show, of which it is told then: the last word on a market's refresh counts.
   */
  takeVerdicts(): readonly RuleVerdict[] {
    const verdicts = this.verdictsToTell;
    this.verdictsToTell = [];
    return verdicts;
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
    const refresh = minute + 1;
    const { known } = this;
    const { recorded } = this.knowledge;
    const stored = recorded?.(market, refresh * MINUTE_MS);
    if (stored !== undefined) return stored;
    const window = this.windows[market]!;
    const live = known?.(market, refresh * MINUTE_MS) ?? null;
    const dailyVolume = live ? live.volume24hUsd : window.turnover(minute) * this.usd.at(market, row);
    const volatility = window.volatility(minute, known ? LIVE_RETURNS : ALL_RETURNS);
    const coverage = window.coverage(minute, COVERED_MINUTES);
    const facts = this.factsOf(market, refresh, { dailyVolume, volatility, coverage }, live);
    if (live || this.knowledge.tells) this.tell(market, refresh, facts, filtering);
    return judgeBy(known ? rules : candleRules, facts, filtering);
  }

  private factsOf(
    market: number,
    refresh: number,
    day: Pick<MarketFacts, 'dailyVolume' | 'volatility' | 'coverage'>,
    live: LiveFacts | null,
  ): MarketFacts {
    const listing = this.listings[market]!;
    const at = refresh * MINUTE_MS;
    const historyMs = at - listing.firstCandleAt;
    return {
      market: listing.market,
      at,
      priced: this.pricedSince[market]! < refresh,
      ...day,
      // A first candle that has not closed by the refresh is not known there.
      historyMs: historyMs < MINUTE_MS ? NaN : historyMs,
      live: live ?? NOTHING_KNOWN,
    };
  }

  private tell(market: number, refresh: number, facts: MarketFacts, filtering: FilteringSettings): void {
    const isNews = refresh > this.told[market]! || this.overdue[market]!.delete(refresh);
    if (!isNews || this.listings[market]!.auxiliary) return;
    this.told[market] = Math.max(this.told[market]!, refresh);
    this.verdictsToTell.push(...tellAll(this.known ? rules : candleRules, market, facts, filtering));
  }

  private tellOverdue(market: number, filtering: FilteringSettings): void {
    const { refreshMinutes } = this;
    const reached = this.next[market]!;
    const from = Math.max(Number.isNaN(reached) ? this.first : reached, this.told[market]!);
    let refresh = (Math.floor(from / refreshMinutes) + 1) * refreshMinutes;
    for (; refresh + refreshMinutes <= this.end; refresh += refreshMinutes) {
      const live = this.known!(market, refresh * MINUTE_MS);
      if (!live) continue;
      const day = { dailyVolume: live.volume24hUsd, volatility: NaN, coverage: NaN };
      this.tell(market, refresh, this.factsOf(market, refresh, day, live), filtering);
      this.overdue[market]!.add(refresh);
    }
  }
}
