import type { Guard } from '../guard.js';
import type { IndicatorSettings } from '../settings/settings.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import { higherGroups, indicatorKeys, minuteGroups } from './catalogue.js';
import type { IndicatorColumns } from './columns.js';
import type { ColumnGroup } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';
import { wholeKind, type CandleKind, type RequestedColumns } from './request.js';
import type { TimeframeHistory } from './timeframe-history.js';
import { HigherBars, Timeframe } from './timeframe.js';

/** The indicators of a tape. */
export interface IndicatorValues {
  readonly columns: IndicatorColumns;
  /**
   * By kind, 1 among them: how many of its candles have closed in the market's series, up to and
   * including each cell; 0 at absent cells.
   */
  readonly candles: ReadonlyMap<CandleKind, Uint32Array>;
  /** Every column as computed: two requests can have an output in common. */
  readonly written: readonly Float64Array[];
  /** As `candles`, of each set of columns of a higher timeframe. */
  readonly closed: readonly Uint32Array[];
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

/** The columns of a timeframe above one minute. */
interface TimeframeColumns {
  readonly minutes: number;
  readonly groups: readonly ColumnGroup<PriceBars>[];
  /** Whether the groups read open or volume too: stored candles are not used then. */
  readonly isWhole: boolean;
}

const keysOf = (groups: readonly Pick<ColumnGroup, 'keys'>[]): readonly string[] => groups.flatMap(({ keys }) => keys);

/** The requested groups that are not among those of the settings, each once. */
const furtherGroups = (
  settings: IndicatorSettings,
  requested: readonly RequestedColumns[],
): readonly RequestedColumns[] => {
  const there = new Set(indicatorKeys(settings));
  return requested.filter(({ group: { keys } }) => {
    if (keys.every(key => there.has(key))) return false;
    keys.forEach(key => there.add(key));
    return true;
  });
};

const timeframesOf = (
  settings: IndicatorSettings,
  further: readonly RequestedColumns[],
): readonly TimeframeColumns[] => {
  const standard = higherGroups(settings);
  const requested = (minutes: number, isOfPrices: boolean) =>
    further.filter(one => one.timeframe === minutes && one.isOfPrices === isOfPrices).map(({ group }) => group);
  const others = new Set(further.map(({ timeframe }) => timeframe));
  for (const minutes of [1, ...settings.timeframes]) others.delete(minutes);
  const prefixed = (minutes: number) =>
    standard.map(group => ({ ...group, keys: group.keys.map(key => `${minutes}m.${key}`) }));
  return [
    ...settings.timeframes.map(minutes => ({
      minutes,
      groups: [...prefixed(minutes), ...(requested(minutes, true) as readonly ColumnGroup<PriceBars>[])],
      isWhole: false,
    })),
    ...[...others].map(minutes => ({
      minutes,
      groups: requested(minutes, true),
      isWhole: false,
    })),
    ...[...settings.timeframes, ...others].map(minutes => ({
      minutes,
      groups: requested(minutes, false),
      isWhole: true,
    })),
  ].filter(({ groups, isWhole }) => !isWhole || groups.length > 0);
};

/**
 * All indicators of all markets, carried from tape to tape, so that any cut of the same candles
 * gives the same values. An absent cell, or minutes missing between two tapes, is a gap: that
 * market's series restarts after it.
 */
export class IndicatorSet {
  private readonly keys: readonly string[];
  private readonly timeframes: readonly TimeframeColumns[];
  private readonly series: readonly Series[];
  private readonly timeframeHistory: TimeframeHistory | undefined;
  private readonly guard: Guard | undefined;
  /** First column of each kernel of the minute. */
  private readonly firsts: readonly number[];
  /** First column of each timeframe. */
  private readonly firstOf: readonly number[];

  /**
   * With `timeframeHistory` the higher timeframes of a series start from stored candles (semantics
   * §2). `requested` columns come besides those of the settings; equal ones are computed once.
   */
  constructor(
    settings: IndicatorSettings,
    markets: number,
    timeframeHistory?: TimeframeHistory,
    requested: readonly RequestedColumns[] = [],
  ) {
    const further = furtherGroups(settings, requested);
    const minute = [
      ...minuteGroups(settings),
      ...further.filter(({ timeframe }) => timeframe === 1).map(({ group }) => group),
    ];
    this.timeframes = timeframesOf(settings, further);
    let columns = 0;
    const firstsOf = (sizes: readonly number[]) => sizes.map(size => (columns += size) - size);
    this.firsts = firstsOf(minute.map(({ keys }) => keys.length));
    this.firstOf = firstsOf(this.timeframes.map(({ groups }) => keysOf(groups).length));
    this.keys = [...keysOf(minute), ...this.timeframes.flatMap(({ groups }) => keysOf(groups))];
    const widest = Math.max(0, ...this.timeframes.map(({ groups }) => keysOf(groups).length));
    const bars = new HigherBars(widest);
    this.timeframeHistory = timeframeHistory;
    this.guard = further.find(({ guard }) => guard)?.guard;
    this.series = Array.from({ length: markets }, (_, market) => ({
      market,
      kernels: minute.map(({ make }) => make()),
      timeframes: this.timeframes.map(({ minutes, groups, isWhole }) => new Timeframe(minutes, groups, bars, isWhole)),
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
    const { guard } = this;
    return guard ? guard.within(() => this.valuesOf(tape, spent)) : this.valuesOf(tape, spent);
  }

  private valuesOf(tape: Tape, spent?: IndicatorValues): IndicatorValues {
    const { minutes, cell } = tape;
    const cells = cell.length;
    const values = spent?.candles.get(1)?.length === cells ? spent : this.allocate(cells);
    const { written: columns, closed } = values;
    const ofMinute = values.candles.get(1)!;
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
          this.walk(this.series[market]!, tape, from, to, start + from - first, columns, ofMinute, closed);
          from = to;
        } else {
          while (from < end && cell[from] === Cell.absent) from++;
          for (const column of columns) column.fill(NaN, absent, from);
          ofMinute.fill(0, absent, from);
          for (const column of closed) column.fill(0, absent, from);
        }
      }
    }
    return values;
  }

  /** Memory for the values of this many cells, all columns on one buffer. */
  private allocate(cells: number): IndicatorValues {
    const values = new Float64Array(cells * this.keys.length);
    const written = this.keys.map((_, n) => values.subarray(n * cells, (n + 1) * cells));
    const columns = new Map<string, Float64Array>();
    this.keys.forEach((key, n) => columns.has(key) || columns.set(key, written[n]!));
    const closed = this.timeframes.map(() => new Uint32Array(cells));
    const candles = new Map<CandleKind, Uint32Array>([[1, new Uint32Array(cells)]]);
    this.timeframes.forEach(({ minutes, isWhole }, n) =>
      candles.set(isWhole ? wholeKind(minutes) : minutes, closed[n]!),
    );
    return { columns, candles, written, closed };
  }

  /** One stretch without a gap, the first of its candles at epoch minute `number`. */
  private walk(
    series: Series,
    tape: Tape,
    from: number,
    to: number,
    number: number,
    columns: readonly Float64Array[],
    ofMinute: Uint32Array,
    closed: readonly Uint32Array[],
  ): void {
    const { kernels, timeframes } = series;
    if (series.next !== number) {
      for (const kernel of kernels) kernel.reset();
      for (const timeframe of timeframes)
        timeframe.begin(
          number,
          timeframe.isWhole ? null : (this.timeframeHistory?.(series.market, timeframe.minutes) ?? null),
        );
      series.length = 0;
    }
    for (let n = 0; n < kernels.length; n++) kernels[n]!.advance(tape, from, to, columns, this.firsts[n]!, number);
    for (let n = 0; n < timeframes.length; n++)
      timeframes[n]!.advance(tape, from, to, columns, this.firstOf[n]!, number, closed[n]!);
    let { length } = series;
    for (let i = from; i < to; i++) ofMinute[i] = ++length;
    series.length = length;
    series.next = number + to - from;
  }
}
