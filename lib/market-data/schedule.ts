import type { DurationMs, EpochMs } from '../units.js';

/** The schedule of repeated requests. All durations are in the exchange's time. */
export interface Schedule {
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  readonly periodMs: DurationMs;
  /** Delay after each whole period; default 0. */
  readonly delayMs?: DurationMs;
  /** How many times faster than ours the exchange's clock runs; default 1. */
  readonly speed?: number;
  /** A request without an answer for this long is given up; default five periods. */
  readonly timeoutMs?: DurationMs;
  /** Whether the current period counts, so that polling starts at once. */
  readonly eager?: boolean;
}

/** No answer can be expected sooner, however fast the exchange's clock runs. */
const MIN_PATIENCE_MS = 5_000;

/**
 * A timeout in the exchange's time, in our own: a simulator's clock does not speed up networks and
 * machines.
 */
export const toWallClock = (timeoutMs: DurationMs, speed: number): DurationMs =>
  Math.max(timeoutMs / speed, Math.min(timeoutMs, MIN_PATIENCE_MS));

/**
 * The next whole period of the exchange's clock and the wait until then, in our own time. `last` is
 * the previous one (NaN at first): a timer that fires a little early does not make it due again, a
 * clock that was set back does.
 */
export const nextTick = (
  { now, periodMs, delayMs = 0, speed = 1, eager = false }: Schedule,
  last: EpochMs,
): { readonly at: EpochMs; readonly waitMs: DurationMs } => {
  const time = now();
  const under = Math.floor((time - delayMs) / periodMs) * periodMs;
  if (eager && Number.isNaN(last)) return { at: under, waitMs: 0 };
  const at = under + (under + periodMs === last ? 2 : 1) * periodMs;
  return { at, waitMs: (at + delayMs - time) / speed };
};
