import { DAY_MS, HOUR_MS, MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** 2026-04-01T00:00:00Z: ISO 8601 in UTC, to the second. */
export const isoTime = (at: EpochMs): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const UNITS = [
  ['day', DAY_MS],
  ['hour', HOUR_MS],
  ['minute', MINUTE_MS],
  ['second', 1_000],
] as const;
/** Minimum count of a unit in `spanOf`, unless the span is a whole number of them. */
const MIN_OF_A_UNIT = 2;

/**
 * A duration in words: 30 minutes, 1 hour, 36 hours, 7 days, 30.5 days. Rounded down to a tenth of
 * its unit, so that a duration just below a threshold never reads as if it had reached it.
 */
export const spanOf = (length: DurationMs): string => {
  const [unit, ms] =
    UNITS.find(([, each]) => length > 0 && (length >= MIN_OF_A_UNIT * each || length % each === 0)) ?? UNITS[3];
  const tenths = Math.floor((10 * length) / ms) / 10;
  return `${tenths.toLocaleString('en-US')} ${unit}${tenths === 1 ? '' : 's'}`;
};
