import type { DurationMs } from '../units.js';

/** How long after the exchange's answers the decisions on them were stored, of the last day's tapes. */
export interface Latency {
  readonly latest: readonly DurationMs[];
}

/** A day of tapes, one a minute. */
const TAPES = 1_440;

export const NO_LATENCY: Latency = { latest: [] };

/** After a tape that took `ms`; NaN where it was made of no answer. */
export const afterStored = ({ latest }: Latency, ms: DurationMs): Latency =>
  Number.isNaN(ms) ? { latest } : { latest: [...latest.slice(1 - TAPES), ms] };

/** In milliseconds: what the latest tape took, and what 99 in 100 of a day's tapes keep to. Empty before the first. */
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
