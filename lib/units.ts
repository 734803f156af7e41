/**
 * A number tagged with its unit. The tag exists only for the compiler; at run time it is a plain
 * number.
 */
type Unit<Name extends string> = number & { readonly __unit?: Name };

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Unit<'epochMs'>;
/** A length of time in milliseconds. */
export type DurationMs = Unit<'durationMs'>;
/** Quote currency per unit of base currency. */
export type Price = Unit<'price'>;
/** An amount of base currency. */
export type SizeBase = Unit<'sizeBase'>;
/** An amount of the portfolio's currency. */
export type Money = Unit<'money'>;
/** A part of one: 0.02 is two percent. Never a percentage. */
export type Ratio = Unit<'ratio'>;
/**
 * A percentage: 2 is two percent. Only where semantics define the value so (ROC, volatility,
 * reports).
 */
export type Percent = Unit<'percent'>;

/** A percentage as a ratio. */
export const ratioOf = (percentage: Percent): Ratio => percentage / 100;

/** Bytes of memory or of a disk. */
export type Bytes = Unit<'bytes'>;

/** Milliseconds of a minute. */
export const MINUTE_MS = 60_000;
/** Milliseconds of an hour. */
export const HOUR_MS = 60 * MINUTE_MS;
/** Milliseconds of a day; days are UTC. */
export const DAY_MS = 24 * HOUR_MS;

/** The whole minute that a moment is in. */
export const wholeMinute = (at: EpochMs): EpochMs => Math.floor(at / MINUTE_MS) * MINUTE_MS;
