import type { DurationMs, EpochMs } from '../units.js';

/** When something is asked again and again. All lengths are of the exchange's time. */
export interface Schedule {
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  readonly periodMs: DurationMs;
  /** How long after each whole period; not at all unless told. */
  readonly delayMs?: DurationMs;
  /** How many times faster than ours the exchange's clock runs; 1 unless told. */
  readonly speed?: number;
  /** A question that is silent for so long is given up; five periods unless told. */
  readonly patienceMs?: DurationMs;
  /** Whether the period under way counts, so that it begins at once. */
  readonly eager?: boolean;
}

/** Nobody is so fast that an answer could be expected sooner, however fast the exchange's clock runs. */
const LEAST_PATIENCE_MS = 5_000;

/** A patience of the exchange's time in our own: networks and machines do not run faster with a simulator's clock. */
export const ownPatience = (patienceMs: DurationMs, speed: number): DurationMs =>
  Math.max(patienceMs / speed, Math.min(patienceMs, LEAST_PATIENCE_MS));

/**
 * The next whole period of the exchange's clock that is due and the wait until then, in our own time. `last` is the one before
 * (NaN at first): a timer that fires a little early does not make it due again, a clock that was set back does.
 */
export const nextDue = (
  { now, periodMs, delayMs = 0, speed = 1, eager = false }: Schedule,
  last: EpochMs,
): { readonly at: EpochMs; readonly waitMs: DurationMs } => {
  const time = now();
  const under = Math.floor((time - delayMs) / periodMs) * periodMs;
  if (eager && Number.isNaN(last)) return { at: under, waitMs: 0 };
  const at = under + (under + periodMs === last ? 2 : 1) * periodMs;
  return { at, waitMs: (at + delayMs - time) / speed };
};
