import type { Market } from '../market.js';
import { QuoteRates } from '../rates.js';
import type { FilteringSettings } from '../settings/settings.js';
import { Cell, laneEnd, type Tape } from '../tape.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import { DayWindow } from './day-window.js';
import { NOTHING_KNOWN, type LiveFacts, type MarketFacts } from './rule.js';
import { candleRules, rules } from './catalogue.js';
import { judgeBy, evaluateAll, type RuleVerdict } from './verdict.js';

/** A market before its first tape. */
export interface Listing {
  readonly market: Market;
  /** Open time of its very first candle, of any timeframe; NaN if unknown. */
  readonly firstCandleAt: EpochMs;
  /** Only provides prices, for conversion or comparison: it is never evaluated. */
  readonly auxiliary?: boolean;
  /** The sector of its coin; null if unknown. */
  readonly sector?: string | null;
}

/** Data about a market at a refresh, besides candles; null before the first answer. */
export type LiveInputs = (market: number, refreshAt: EpochMs) => LiveFacts | null;

/**
 * Data besides candles. Lanes are those of the listings; a refresh is named by its time, a whole
 * minute.
 */
export interface UniverseData {
  /**
   * Live: data about a market at a refresh; null before the first answer, at a refresh of the
   * warm-up. Refreshes of a late market are requested when its minutes arrive. With this every rule
   * is evaluated, and `drainVerdicts` returns the results.
   */
  readonly known?: LiveInputs | undefined;
  /**
   * In a backtest: the verdict, one of `Verdict`, stored at the refresh; undefined if candles have
   * to decide.
   */
  readonly recorded?: ((market: number, refreshAt: EpochMs) => number | undefined) | undefined;
  /**
   * In a backtest: whether `drainVerdicts` returns the results of the rules that need only candles,
   * where none was stored.
   */
  readonly reportsVerdicts?: boolean | undefined;
}

/** 1-minute returns of the last 1,440 that must be known for a volatility in a backtest: all. */
export const ALL_RETURNS = 1440;
/** The same live, where the data since the start have to suffice. */
export const LIVE_RETURNS = 360;
/** Minutes since the first known one of the last 1,440 below which coverage is unknown. */
const COVERED_MINUTES = 360;

/** Minutes older than this are outside every window. */
const FORGOTTEN = 2 * 1440;

/**
 * Decides which markets are tradable (semantics §3), carried from tape to tape: by candles alone,
 * unless more is known. Evaluated at each refresh from candles closed by then; the verdict holds
 * for candles that close at or after it.
 *
 * Each market has its own position in time, so that the minutes of a late tape are evaluated as if
 * they had come in time. Absent cells behind the last known one may still arrive; once a later one
 * does, they were a gap, including refreshes in it. Conversion uses the last price known when a
 * market's minutes arrive.
 */
export class Universe {
  private readonly listings: readonly Listing[];
  private readonly windows: readonly DayWindow[];
  private readonly usd: QuoteRates;
  private readonly own: QuoteRates;
  private readonly verdicts: Uint8Array;
  private readonly refreshMinutes: number;
  /**
   * The minute, counted from the epoch, after each market's last known one; NaN before the first.
   */
  private readonly next: Float64Array;
  /** The first minute at whose close each market's quote currency had a price; NaN until then. */
  private readonly pricedSince: Float64Array;
  /** The first minute of the first tape. */
  private first = NaN;
  /** The end of the tapes so far. */
  private end = NaN;
  private readonly knowledge: UniverseData;
  /** The data besides candles as of the last tape. */
  private known: LiveInputs | undefined;
  /** The minute of each market's last published refresh. */
  private readonly publishedAt: Float64Array;
  /**
   * Per market: refreshes published before that market's candles arrived; re-evaluated when they
   * do.
   */
  private readonly publishedEarly: readonly Set<number>[];
  private unpublished: RuleVerdict[] = [];

  constructor(listings: readonly Listing[], refreshMs: DurationMs, currency: string, knowledge: UniverseData = {}) {
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
    this.publishedAt = new Float64Array(listings.length).fill(-Infinity);
    this.publishedEarly = listings.map(() => new Set());
  }

  /**
   * The verdict of each cell of the tape. Present cells that a market has passed are not evaluated
   * again. `known` replaces the data of the previous tape, where more than candles is known.
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
        // a stretch ends at a refresh, at the tape's first minute and at the last known one
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
   * The result of every rule at the refreshes evaluated since the last call; none without `known`
   * or `reportsVerdicts`. A market without candles up to the next refresh is published at once,
   * volatility and coverage unknown. If its candles arrive later the refresh is published again;
   * the last publication wins.
   */
  drainVerdicts(): readonly RuleVerdict[] {
    const verdicts = this.unpublished;
    this.unpublished = [];
    return verdicts;
  }

  /**
   * The minute from which on a market's cells are new: for its first tape, that of the very first
   * tape, or its own if earlier.
   */
  private startOf({ cell, minutes, start }: Tape, market: number): number {
    const next = this.next[market]!;
    if (!Number.isNaN(next)) return next;
    let row = 0;
    while (cell[market * minutes + row] === Cell.absent) row++;
    return Math.min(this.first, start / MINUTE_MS + row);
  }

  /**
   * A gap is evaluated when it is over: only then is it known whether there was a price at a
   * refresh in it.
   */
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
    if (live || this.knowledge.reportsVerdicts) this.publish(market, refresh, facts, filtering);
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
      // A first candle that has not closed by the refresh is unknown there.
      historyMs: historyMs < MINUTE_MS ? NaN : historyMs,
      live: live ?? NOTHING_KNOWN,
    };
  }

  private publish(market: number, refresh: number, facts: MarketFacts, filtering: FilteringSettings): void {
    const isNews = refresh > this.publishedAt[market]! || this.publishedEarly[market]!.delete(refresh);
    if (!isNews || this.listings[market]!.auxiliary) return;
    this.publishedAt[market] = Math.max(this.publishedAt[market]!, refresh);
    this.unpublished.push(...evaluateAll(this.known ? rules : candleRules, market, facts, filtering));
  }

  private tellOverdue(market: number, filtering: FilteringSettings): void {
    const { refreshMinutes } = this;
    const reached = this.next[market]!;
    const from = Math.max(Number.isNaN(reached) ? this.first : reached, this.publishedAt[market]!);
    let refresh = (Math.floor(from / refreshMinutes) + 1) * refreshMinutes;
    for (; refresh + refreshMinutes <= this.end; refresh += refreshMinutes) {
      const live = this.known!(market, refresh * MINUTE_MS);
      if (!live) continue;
      const day = { dailyVolume: live.volume24hUsd, volatility: NaN, coverage: NaN };
      this.publish(market, refresh, this.factsOf(market, refresh, day, live), filtering);
      this.publishedEarly[market]!.add(refresh);
    }
  }
}
