/** The middle one of an odd number of values. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** A rate in millions. */
export const millions = (rate: number): string => `${(rate / 1e6).toFixed(2)} M`;
