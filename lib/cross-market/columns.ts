/** The keys of the context columns, in their order. */
export const CONTEXT_KEYS = ['correlation_btc', 'support', 'resistance', 'sector_return_15', 'breadth'] as const;
/** Key of a column of context. */
export type ContextKey = (typeof CONTEXT_KEYS)[number];

/**
 * Context columns of a tape by key: each candle in relation to its own past and to the other
 * markets (semantics §2), one number per cell of the tape (`market * minutes + minute`). NaN stands
 * for null: unknown, or undefined for that candle.
 */
export type ContextColumns = ReadonlyMap<ContextKey, Float64Array>;
