import type { IndicatorColumns } from '../indicators/columns.js';
import type { Opportunity } from '../position/events.js';
import type { IndicatorSettings, StrategySettings } from '../settings/settings.js';
import { Cell, laneEnd, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Ratio } from '../units.js';
import type { Listing } from '../universe/universe.js';
import { Verdict } from '../universe/verdict.js';
import { Decision } from './decisions.js';

/** Candles that each timeframe must have before the strategy is evaluated. */
export const CANDLES_NEEDED = 200;

/** A tape with everything that the strategy looks at, cell by cell. */
export interface Judgeable extends Tape {
  readonly indicators: IndicatorColumns;
  /** Candles of each timeframe in the running series, by its minutes. */
  readonly candles: ReadonlyMap<number, Uint32Array>;
  readonly verdict: Uint8Array;
}

/** What the strategy says of a tape. */
export interface Judgement {
  /** One of `Decision` for each cell. */
  readonly decision: Uint8Array;
  /** By time, then higher score first, then symbol. */
  readonly opportunities: readonly Opportunity[];
}

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const surplus = (value: number, threshold: number): number =>
  threshold <= 0 ? 1 : clip((value - threshold) / threshold);

// A few columns at a time: several times as fast as a look at every column for each row.

/** Makes NaN of each row of `state` where one of the columns is null; a NaN stays one. */
const markNulls = (state: Float64Array, columns: readonly Float64Array[], lane: number): void => {
  for (let n = 0; n < columns.length; n += 4) {
    const a = columns[n]!;
    const b = columns[n + 1] ?? a;
    const c = columns[n + 2] ?? a;
    const d = columns[n + 3] ?? a;
    for (let row = 0, at = lane; row < state.length; row++, at++)
      state[row]! += 0 * (a[at]! + b[at]! + c[at]! + d[at]!);
  }
};

/** Makes -1 of each row of `state` that has too few candles behind it. */
const markYoung = (state: Float64Array, count: Uint32Array, lane: number): void => {
  for (let row = 0; row < state.length; row++) if (count[lane + row]! < CANDLES_NEEDED) state[row] = -1;
};

/** What a tape is judged by. */
export interface Terms {
  readonly indicators: IndicatorSettings;
  readonly strategy: StrategySettings;
}

/** The columns that a configuration asks for, by key. */
const keysOf = ({ indicators, strategy }: Terms) => ({
  rsi: `rsi_${indicators.rsi.period}`,
  roc: indicators.roc.periods.map(period => `roc_${period}`),
  volumeSma: `volume_sma_${indicators.volume.period}`,
  adx: `adx_${indicators.adx.period}`,
  plusDi: `plus_di_${indicators.adx.period}`,
  minusDi: `minus_di_${indicators.adx.period}`,
  trends: strategy.trend.timeframes.map(minutes => `${minutes}m.macd_histogram`),
});

/** The columns and thresholds of one tape, side by side. */
const conditionsOf = (tape: Judgeable, terms: Terms) => {
  const { strategy } = terms;
  const { required, minAdx } = strategy.trend;
  const keys = keysOf(terms);
  const column = (key: string): Float64Array => {
    const found = tape.indicators.get(key);
    if (!found) throw new Error(`no indicator column ${key}`);
    return found;
  };
  const timeframes = [1, ...(required ? strategy.trend.timeframes : [])];
  return {
    keys,
    column,
    rsi: column(keys.rsi),
    oversold: strategy.rsi.oversold,
    overbought: strategy.rsi.overbought,
    histogram: column('macd_histogram'),
    rocs: keys.roc.map(column),
    thresholds: strategy.rocThresholds,
    close: tape.close,
    middle: column('bb_middle'),
    volume: tape.volume,
    volumeSma: column(keys.volumeSma),
    factor: strategy.volumeFactor,
    required,
    minAdx,
    adx: column(keys.adx),
    plusDi: column(keys.plusDi),
    minusDi: column(keys.minusDi),
    trends: required ? keys.trends.map(column) : [],
    /** Candles of each timeframe that is used, cell by cell. */
    counts: timeframes.map(minutes => tape.candles.get(minutes)!),
  };
};
type Conditions = ReturnType<typeof conditionsOf>;

/** Every column that must not be null. */
const neededOf = ({ rsi, histogram, rocs, middle, volumeSma, required, adx, plusDi, minusDi, trends }: Conditions) => [
  ...[rsi, histogram, ...rocs, middle, volumeSma],
  ...(required ? [adx, plusDi, minusDi, ...trends] : []),
];

/** The place of the first condition that fails on a cell, or the number of conditions. */
const firstFailure = (on: Conditions, at: number, before: number): number => {
  const strength = on.rsi[at]!;
  if (!(strength > on.oversold && strength < on.overbought)) return 0;
  const now = on.histogram[at]!;
  if (!(now > 0 && now > before)) return 1;
  for (let i = 0; i < on.rocs.length; i++) if (!(on.rocs[i]![at]! >= on.thresholds[i]!)) return 2;
  if (!(on.close[at]! > on.middle[at]!)) return 3;
  if (!(on.volume[at]! > on.factor * on.volumeSma[at]!)) return 4;
  if (on.required) {
    if (!(on.adx[at]! >= on.minAdx && on.plusDi[at]! > on.minusDi[at]!)) return 5;
    for (const trend of on.trends) if (!(trend[at]! > 0)) return 5;
  }
  return 6;
};

const scoreOf = (on: Conditions, at: number): Ratio => {
  const parts = on.rocs.map((roc, i) => surplus(roc[at]!, on.thresholds[i]!));
  parts.push(surplus(on.volume[at]!, on.factor * on.volumeSma[at]!));
  if (on.required) parts.push(surplus(on.adx[at]!, on.minAdx));
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
};

/** Every value that was judged on a cell, by key. */
const valuesOf = ({ keys, column, close, volume, required }: Conditions, at: number, before: number) => {
  const always = [keys.rsi, 'macd_histogram', ...keys.roc, 'bb_middle', keys.volumeSma];
  const judged = required ? [...always, keys.adx, keys.plusDi, keys.minusDi, ...keys.trends] : always;
  const values: Record<string, number> = { close: close[at]!, volume: volume[at]!, macd_histogram_before: before };
  for (const key of judged) values[key] = column(key)[at]!;
  return values;
};

/** An opportunity's cell, and the histogram of the candle before it. */
interface Found {
  readonly at: number;
  readonly before: number;
}

/** The momentum strategy (semantics §4), with what it has to remember from tape to tape. */
export class Momentum {
  private readonly listings: readonly Listing[];
  /** The histogram of each market's last known candle. */
  private readonly histogramBefore: Float64Array;
  /** The minute that follows that candle; NaN before the first. */
  private readonly next: Float64Array;

  constructor(listings: readonly Listing[]) {
    this.listings = listings;
    this.histogramBefore = new Float64Array(listings.length).fill(NaN);
    this.next = new Float64Array(listings.length).fill(NaN);
  }

  /**
   * Judges the candles that open at or after `from` and before `to`; earlier ones only warm up. Each market goes by its own
   * minutes: those of a late tape follow the ones that came before, and what it has gone past is not decided on again.
   */
  judge(tape: Judgeable, terms: Terms, from: EpochMs, to: EpochMs): Judgement {
    const { minutes, markets, start } = tape;
    const on = conditionsOf(tape, terms);
    const needed = neededOf(on);
    const decision = new Uint8Array(minutes * markets);
    const found: Found[] = [];
    const first = Math.max(0, Math.ceil((from - start) / MINUTE_MS));
    const end = Math.min(minutes, Math.ceil((to - start) / MINUTE_MS));
    /** What is wrong with each row of a lane: NaN where a value is null, -1 where a timeframe is too young, else 0. */
    const state = new Float64Array(minutes);

    for (let market = 0; market < markets; market++) {
      if (this.listings[market]!.auxiliary) continue; // stays outside
      const lane = market * minutes;
      const next = this.next[market]!;
      const passed = Math.max(0, Math.min(minutes, (next - start) / MINUTE_MS)) || 0; // NaN: nothing has been passed
      if (first < end) {
        state.fill(0);
        markNulls(state, needed, lane);
        for (const count of on.counts) markYoung(state, count, lane);
        for (let row = first; row < Math.min(passed, end); row++)
          if (tape.cell[lane + row] === Cell.absent) decision[lane + row] = Decision.gap;
        const follows = start + passed * MINUTE_MS === next;
        const before = first > passed ? on.histogram[lane + first - 1]! : follows ? this.histogramBefore[market]! : NaN;
        decideLane(tape, on, state, { lane, first: Math.max(first, passed), end, before }, decision, found);
      }
      const known = laneEnd(tape, market);
      if (known <= passed) continue;
      this.histogramBefore[market] = on.histogram[lane + known - 1]!;
      this.next[market] = start + known * MINUTE_MS;
    }

    const opportunity = ({ at, before }: Found): Opportunity => {
      const market = Math.floor(at / minutes);
      const openedAt = start + (at - market * minutes) * MINUTE_MS;
      return { market, at: openedAt, close: on.close[at]!, score: scoreOf(on, at), values: valuesOf(on, at, before) };
    };
    const opportunities = found
      .map(opportunity)
      .sort((a, b) => a.at - b.at || b.score - a.score || a.market - b.market);
    return { decision, opportunities };
  }
}

/** Decides on the rows `first` to `end` of a lane; the histogram before them is `before`. */
const decideLane = (
  { cell, verdict }: Judgeable,
  on: Conditions,
  state: Float64Array,
  {
    lane,
    first,
    end,
    before,
  }: { readonly lane: number; readonly first: number; readonly end: number; readonly before: number },
  decision: Uint8Array,
  found: Found[],
): void => {
  const { histogram } = on;
  let last = before;
  for (let row = first, at = lane + first; row < end; row++, at++) {
    const kind = cell[at]!;
    if (kind === Cell.absent) decision[at] = Decision.gap;
    else if (verdict[at] !== Verdict.tradable) decision[at] = Decision.notTradable;
    else if (kind !== Cell.traded) decision[at] = kind === Cell.quiet ? Decision.quiet : Decision.suspect;
    else if (state[row]! < 0) decision[at] = Decision.warmingUp;
    else if (Number.isNaN(state[row]! + last)) decision[at] = Decision.unknown;
    else {
      const code = Decision.firstCondition + firstFailure(on, at, last);
      decision[at] = code;
      if (code === Decision.opportunity) found.push({ at, before: last });
    }
    last = histogram[at]!;
  }
};
