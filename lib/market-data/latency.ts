import type { DurationMs } from '../units.js';

/** The time from the exchange's answers to the stored decisions, over the last day's tapes. */
export interface Latency {
  readonly latest: readonly DurationMs[];
}

/** A day of tapes, one per minute. */
const TAPES = 1_440;

/** Before the first stored tape. */
export const NO_LATENCY: Latency = { latest: [] };

/** Adds a tape that took `ms`; NaN for a tape without an answer. */
export const afterStored = ({ latest }: Latency, ms: DurationMs): Latency =>
  Number.isNaN(ms) ? { latest } : { latest: [...latest.slice(1 - TAPES), ms] };

/**
 * In milliseconds: the latest tape, and the 99th percentile of a day's tapes. Empty before the
 * first.
 */
export const latencyCounters = ({
  latest,
}: Latency): { readonly stored_ms?: number; readonly stored_ms_p99?: number } => {
  if (latest.length === 0) return {};
  const sorted = latest.toSorted((a, b) => a - b);
  return {
    stored_ms: Math.round(latest.at(-1)!),
    stored_ms_p99: Math.round(sorted[Math.ceil(0.99 * sorted.length) - 1]!),
  };
};
