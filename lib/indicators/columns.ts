/**
 * The indicator columns of a tape by key (`rsi_14`, `macd`, `5m.adx_14`, …), each with one number a
 * cell of the tape (`market * minutes + minute`). NaN stands for null: not known yet, or undefined
 * for that candle.
 */
export type IndicatorColumns = ReadonlyMap<string, Float64Array>;
