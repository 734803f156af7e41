/**
 * Candles that each timeframe must have before a strategy is evaluated that does not say how many
 * it needs.
 */
export const CANDLES_NEEDED = 200;
