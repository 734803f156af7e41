import type { Format } from '../settings/formats.js';
import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { Tape } from '../tape.js';
import type { Kernel, PriceBars, Bars } from './kernel.js';

/** Unit of a column's values. */
export type IndicatorUnit = '0-100' | 'percent' | 'quote currency' | 'base currency' | 'number';

/** The candles of one timeframe without gaps, as plain arrays: tulind takes no others. */
export interface ReferenceBars {
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  /** In base currency; empty for the candles of a higher timeframe. */
  readonly volume: readonly number[];
  /** The first candle's number, counted from the epoch in candles of its timeframe. */
  readonly first: number;
}

/** Runs an indicator of tulind: outputs as long as the inputs, NaN where there is no value yet. */
export type RunTulind = (
  name: string,
  inputs: readonly (readonly number[])[],
  options: readonly number[],
) => Promise<readonly (readonly number[])[]>;

/** Columns that one kernel computes together. */
export interface ColumnGroup<Input extends PriceBars = Bars> {
  /**
   * In the order in which the kernel writes them; the keys contain the configured periods, such as
   * `rsi_14`.
   */
  readonly keys: readonly string[];
  readonly unit: IndicatorUnit;
  readonly make: () => Kernel<Input>;
  /**
   * The same columns, over whole series, by code that shares nothing with the kernel. `none` if
   * there is no such code: the columns are then never compared, and a market is traded without that
   * check.
   */
  readonly reference: ((bars: ReferenceBars, tulind: RunTulind) => Promise<readonly (readonly number[])[]>) | 'none';
  /**
   * The value of the column at `place` of `keys` from its own window alone; it decides where the
   * column differs from `reference`, because tulind's running sums accumulate rounding errors.
   */
  readonly windowReference?: (tape: Tape, row: number, place: number, tulind: RunTulind) => Promise<number>;
  /**
   * For differences and sums of both signs, which can be nearly 0 while the rounding of their parts
   * is not: the size of the parts, by row.
   */
  readonly partSize?: (tape: Tape) => (row: number) => number;
}

/** An option of an indicator that a strategy requests. */
export interface IndicatorOption {
  readonly default: number;
  readonly check: Format<number>;
}

/** How a strategy requests an indicator, at periods and timeframes of its own. */
export interface Requestable<Settings> {
  readonly name: string;
  readonly doc: string;
  /** In the order of the column's name. */
  readonly options: Readonly<Record<string, IndicatorOption>>;
  /** The settings under which `minute` and `higher` have the requested columns. */
  readonly settings: (options: Readonly<Record<string, number>>) => Settings;
  /** Whether another column than the close can be the input. */
  readonly isOfClose: boolean;
  /** Whether the names of its columns contain its options. */
  readonly isNamed: boolean;
  /** In place of the indicator's `higher`, which may have fewer columns. */
  readonly higher?: (settings: Settings) => readonly ColumnGroup<PriceBars>[];
  /** In place of `minute` on a higher timeframe, where its length in minutes matters. */
  readonly ofTimeframe?: (settings: Settings, minutes: number) => readonly ColumnGroup[];
  /**
   * Candles after which a value hardly depends on where the series began (semantics §2); default ten
   * times the longest option.
   */
  readonly candles?: (options: Readonly<Record<string, number>>) => number;
}

/**
 * An indicator, complete in one file. `catalogue.ts` lists them. Its keys are in
 * `momentum_strategy` of config.yaml; changing one takes a restart.
 */
export interface Indicator<Keys extends Section, Settings, Document> extends Fragment<Keys, Settings, Document> {
  /** The columns of the 1-minute candles. */
  readonly minute: (settings: Settings) => readonly ColumnGroup[];
  /** The columns of a higher timeframe's own candles, keys without the timeframe; default none. */
  readonly higher?: (settings: Settings) => readonly ColumnGroup<PriceBars>[];
  /** Default: a strategy cannot request it. */
  readonly request?: Requestable<Settings>;
}

/** Declares an indicator. One without keys can read the settings of another. */
export const declareIndicator = <Keys extends Section = never, Settings = unknown, Document = unknown>(
  indicator: Indicator<Keys, Settings, Document>,
): Indicator<Keys, Settings, Document> => indicator;

/** A share of the close, for columns that are differences of prices. */
export const closeSize =
  ({ close }: Tape) =>
  (row: number): number =>
    close[row]!;

/** The last `count` values of a column up to a row, fewer at the start. */
export const lastValues = (column: Float64Array, row: number, count: number): readonly number[] => [
  ...column.subarray(Math.max(0, row + 1 - count), row + 1),
];
