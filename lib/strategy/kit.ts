/**
 * What a strategy file works with. It imports nothing: `bot strategy new` copies it beside
 * the user's files.
 *
 *     import type { Kit } from 'crypto-bot/strategy';
 *     export default ({ strategy, indicator, above }: Kit) => strategy({ … });
 */

/** A value of the current candle, or an earlier one: a column, or arithmetic on columns. */
export interface Value {
  /**
   * The value `candles` 1-minute candles back in the series, at most 1440; default 1. Unknown before
   * the series is as long.
   */
  before(candles?: number): Value;
  plus(other: Value | number): Value;
  minus(other: Value | number): Value;
  times(other: Value | number): Value;
  over(other: Value | number): Value;
}

/** The candle that is judged. Volume is in base currency. */
export interface Candle {
  readonly open: Value;
  readonly high: Value;
  readonly low: Value;
  readonly close: Value;
  readonly volume: Value;
}

/** One or more comparisons that all have to hold. */
export interface Check {
  readonly isCheck: true;
}

/** A parameter with its default and bounds; its value has the type `T`. */
export interface Parameter<T> {
  readonly default: T;
}

/** The parameters of a strategy, by name. */
export type Parameters = Readonly<Record<string, Parameter<number | boolean | string>>>;

/** The values of parameters. */
export type ValuesOf<P> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never };

/** A column that the strategy requests. */
export interface Column {
  readonly isColumn: true;
}

/** The columns that a strategy requests, by the name under which it reads them. */
export type Columns = Readonly<Record<string, Column>>;

/** How an indicator is requested; further properties are its options, such as `period`. */
export interface IndicatorOptions {
  /** In minutes: 1 (default) to 60, a divisor of 60. */
  readonly timeframe?: number;
  /** The column of the candle that is used in place of the close. */
  readonly input?: 'open' | 'high' | 'low' | 'close' | 'volume';
  /** One of the indicator's outputs; default its first one. */
  readonly output?: string;
  readonly [option: string]: number | string | undefined;
}

/** A candle as numbers. */
export interface CandleRow {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** In base currency. */
  readonly volume: number;
}

/** An indicator of the strategy's own: a state that each candle of a series moves on. */
export interface OwnIndicator<State> {
  /** Candles that the value needs; it is unknown before. Default 1. */
  readonly candles?: number;
  /** The state before the first candle of a series. */
  readonly start: () => State;
  /** Moves the state on by one candle and returns the value; NaN where it is unknown. */
  readonly step: (state: State, candle: CandleRow) => number;
}

/** What `decide` sees of a candle: its columns by name, its prices, and earlier values. */
export type Row<C> = CandleRow & { readonly [K in keyof C]: number } & {
  /** A value `candles` back in the series; NaN before it is as long. At most `lookBack`. */
  before(name: keyof C | keyof CandleRow, candles: number): number;
};

/** Named conditions, in the order in which they are evaluated and reported. */
export type Conditions = Readonly<Record<string, Check | readonly Check[]>>;

interface Described<P extends Parameters, C extends Columns> {
  /** Lower case letters, digits and underscores. */
  readonly name: string;
  readonly parameters?: P;
  /** The columns that the conditions read, by names of your own. */
  readonly columns?: (parameters: ValuesOf<P>) => C;
}

/** A strategy whose conditions are data. */
export interface ByConditions<P extends Parameters, C extends Columns> extends Described<P, C> {
  readonly decide?: undefined;
  /** All of them have to hold: then the candle is an opportunity. */
  readonly entry: (columns: { readonly [K in keyof C]: Value }, parameters: ValuesOf<P>, candle: Candle) => Conditions;
  /**
   * Reasons to sell: if one of them holds on a candle while a position is open, all of it is sold at
   * the market's next price. A list of checks is one reason: all of them have to hold.
   */
  readonly exit?: (columns: { readonly [K in keyof C]: Value }, parameters: ValuesOf<P>, candle: Candle) => Conditions;
}

/** A strategy whose conditions are a function of one candle, for what comparisons cannot say. */
export interface ByRow<P extends Parameters, C extends Columns> extends Described<P, C> {
  readonly entry?: undefined;
  /** The names that `decide` returns. */
  readonly conditions: readonly string[];
  /** How many candles `row.before` may look back; default 1. */
  readonly lookBack?: number;
  /**
   * The name of the condition that fails, or the score of an opportunity from 0 to 1. Never called
   * while a column is unknown. Must depend on the row and the parameters only.
   */
  readonly decide: (row: Row<C>, parameters: ValuesOf<P>) => string | number;
  /**
   * Whether to sell: if true on a candle while a position is open, all of it is sold at the market's
   * next price. Called as `decide` is, and must depend on the same alone.
   */
  readonly exit?: (row: Row<C>, parameters: ValuesOf<P>) => boolean;
}

/** A declared strategy. */
export interface Strategy {
  readonly isStrategy: true;
}

/** The functions that declare a strategy. */
export interface Kit {
  readonly strategy: <
    const P extends Parameters = Readonly<Record<string, never>>,
    const C extends Columns = Readonly<Record<string, never>>,
  >(
    declaration: ByConditions<P, C> | ByRow<P, C>,
  ) => Strategy;

  /** A whole number from `least` to `most`. */
  readonly integer: (least: number, most: number, standard: number) => Parameter<number>;
  /** A number from `least` to `most`. */
  readonly real: (least: number, most: number, standard: number) => Parameter<number>;
  /** True or false. */
  readonly flag: (standard: boolean) => Parameter<boolean>;
  /** One of some names. */
  readonly choice: <const T extends string>(names: readonly T[], standard: T) => Parameter<T>;

  /** An indicator: `bot strategy indicators` lists them. */
  readonly indicator: (name: string, options?: IndicatorOptions) => Column;
  /** A column that the bot has anyway, such as `rsi_14`, `15m.macd_histogram` or `breadth`. */
  readonly column: (name: string) => Column;
  /** An indicator of your own, on 1-minute candles. */
  readonly own: <State>(indicator: OwnIndicator<State>) => Column;

  /** value > other */
  readonly above: (value: Value, other: Value | number) => Check;
  /** value < other */
  readonly below: (value: Value, other: Value | number) => Check;
  /** value ≥ other */
  readonly atLeast: (value: Value, other: Value | number) => Check;
  /** value ≤ other */
  readonly atMost: (value: Value, other: Value | number) => Check;
  /** low < value < high */
  readonly within: (value: Value, low: Value | number, high: Value | number) => Check;
  /** The value is above that of the candle before. */
  readonly rises: (value: Value) => Check;
  /** The value is below that of the candle before. */
  readonly falls: (value: Value) => Check;
  /** The value goes from at most the other one to above it. */
  readonly crossesAbove: (value: Value, other: Value | number) => Check;
  /** The value goes from at least the other one to below it. */
  readonly crossesBelow: (value: Value, other: Value | number) => Check;
  /**
   * Counts for the score of an opportunity: how far the value lies beyond the other one (above it
   * for `above`, below it for `below`), as a share of it, from 0 to 1; 1 where the other one is 0 or
   * less. The score is the mean of these; without any it is 1.
   */
  readonly scored: (check: Check) => Check;
}
