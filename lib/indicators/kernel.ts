/** Prices of consecutive candles as columns. */
export interface PriceBars {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** Candles as columns; a tape is one. */
export interface Bars extends PriceBars {
  readonly open: Float64Array;
  /** In base currency. */
  readonly volume: Float64Array;
}

/** One indicator of one market; its state is carried from call to call. */
export interface Kernel<Input extends PriceBars = Bars> {
  /** Forgets the series: the next candle is the first of a new one. */
  reset(): void;
  /**
   * Walks the candles `from` (inclusive) to `to` (exclusive), which follow those of the last call
   * without a gap, and writes the values of each, NaN for null, to the same places of the columns
   * `out[at]`, `out[at + 1]`, …. `number` is the first candle's, counted from the epoch in candles
   * of its timeframe (for a minute: the epoch minute).
   */
  advance(bars: Input, from: number, to: number, out: readonly Float64Array[], at: number, number: number): void;
}
