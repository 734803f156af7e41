/** The keys of the context columns, in their order. */
export const CONTEXT_KEYS = ['correlation_btc', 'support', 'resistance', 'sector_return_15', 'breadth'] as const;
export type ContextKey = (typeof CONTEXT_KEYS)[number];

/**
 * What each candle looked like beside its own past and the other markets (semantics §2), by key, with one number a cell of the
 * tape (`market * minutes + minute`). NaN stands for null: not known, or undefined for that candle.
 */
export type ContextColumns = ReadonlyMap<ContextKey, Float64Array>;
