import type { IndicatorSettings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import { higherGroups, indicatorKeys, minuteGroups } from './catalogue.js';
import type { IndicatorColumns } from './columns.js';
import type { Kernel } from './kernel.js';
import type { TimeframeHistory } from './timeframe-history.js';
import { HigherBars, Timeframe } from './timeframe.js';

/** The indicators of a tape. */
export interface IndicatorValues {
  readonly columns: IndicatorColumns;
  /**
   * By minutes of a timeframe, 1 among them: how many of its candles have closed in the market's
   * series, up to and including each cell; 0 at absent cells.
   */
  readonly candles: ReadonlyMap<number, Uint32Array>;
}

/** One market's series: the candles since its last gap. */
interface Series {
  readonly market: number;
  readonly kernels: readonly Kernel[];
  readonly timeframes: readonly Timeframe[];
  /** Epoch minute that follows the last one seen; NaN before the first. */
  next: number;
  length: number;
}

/**
 * All indicators of all markets, carried from tape to tape, so that any cut of the same candles
 * gives the same values. An absent cell, or minutes missing between two tapes, is a gap: that
 * market's series restarts after it.
 */
export class IndicatorSet {
  private readonly keys: readonly string[];
  private readonly timeframes: readonly number[];
  private readonly series: readonly Series[];
  private readonly timeframeHistory: TimeframeHistory | undefined;
  /** First column of each kernel of the minute. */
  private readonly firsts: readonly number[];
  private readonly minuteColumns: number;
  private readonly higherColumns: number;

  /**
   * With `timeframeHistory` the higher timeframes of a series start from stored candles (semantics
   * §2).
   */
  constructor(settings: IndicatorSettings, markets: number, timeframeHistory?: TimeframeHistory) {
    const minute = minuteGroups(settings);
    const higher = higherGroups(settings);
    let columns = 0;
    this.firsts = minute.map(({ keys }) => (columns += keys.length) - keys.length);
    this.minuteColumns = columns;
    this.higherColumns = higher.reduce((sum, { keys }) => sum + keys.length, 0);
    this.keys = indicatorKeys(settings);
    this.timeframes = settings.timeframes;
    const bars = new HigherBars(this.higherColumns);
    this.timeframeHistory = timeframeHistory;
    this.series = Array.from({ length: markets }, (_, market) => ({
      market,
      kernels: minute.map(({ make }) => make()),
      timeframes: settings.timeframes.map(minutes => new Timeframe(minutes, higher, bars)),
      next: NaN,
      length: 0,
    }));
  }

  /**
   * The values of a tape of as many markets as the set has, which follows the tapes so far. An
   * earlier result of this set that is no longer read may be passed as `spent`: if it has the same
   * size it is overwritten and returned, which saves a backtest the memory traffic of a new one per
   * tape (a sixth of the time).
   */
  advance(tape: Tape, spent?: IndicatorValues): IndicatorValues {
    const { minutes, cell } = tape;
    const cells = cell.length;
    const values = spent?.candles.get(1)?.length === cells ? spent : this.allocate(cells);
    const columns = [...values.columns.values()];
    const candles = [...values.candles.values()];
    const start = tape.start / MINUTE_MS;
    let absent = -1;
    for (let market = 0; market < this.series.length; market++) {
      const first = market * minutes;
      const end = first + minutes;
      for (let from = first; from < end;) {
        if (absent < from) {
          const found = cell.indexOf(Cell.absent, from);
          absent = found < 0 ? cells : found;
        }
        if (absent > from) {
          const to = Math.min(absent, end);
          this.walk(this.series[market]!, tape, from, to, start + from - first, columns, candles);
          from = to;
        } else {
          while (from < end && cell[from] === Cell.absent) from++;
          for (const column of columns) column.fill(NaN, absent, from);
          for (const column of candles) column.fill(0, absent, from);
        }
      }
    }
    return values;
  }

  /** Memory for the values of this many cells, all columns on one buffer. */
  private allocate(cells: number): IndicatorValues {
    const values = new Float64Array(cells * this.keys.length);
    return {
      columns: new Map(this.keys.map((key, n) => [key, values.subarray(n * cells, (n + 1) * cells)])),
      candles: new Map([1, ...this.timeframes].map(timeframe => [timeframe, new Uint32Array(cells)])),
    };
  }

  /** One stretch without a gap, the first of its candles at epoch minute `number`. */
  private walk(
    series: Series,
    tape: Tape,
    from: number,
    to: number,
    number: number,
    columns: readonly Float64Array[],
    candles: readonly Uint32Array[],
  ): void {
    const { kernels, timeframes } = series;
    if (series.next !== number) {
      for (const kernel of kernels) kernel.reset();
      for (const timeframe of timeframes)
        timeframe.begin(number, this.timeframeHistory?.(series.market, timeframe.minutes) ?? null);
      series.length = 0;
    }
    for (let n = 0; n < kernels.length; n++) kernels[n]!.advance(tape, from, to, columns, this.firsts[n]!, number);
    let at = this.minuteColumns;
    for (let n = 0; n < timeframes.length; n++, at += this.higherColumns)
      timeframes[n]!.advance(tape, from, to, columns, at, number, candles[n + 1]!);
    const ofMinute = candles[0]!;
    let { length } = series;
    for (let i = from; i < to; i++) ofMinute[i] = ++length;
    series.length = length;
    series.next = number + to - from;
  }
}
