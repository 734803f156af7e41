import { backoffMs, type BackoffRules } from './exchange/backoff.js';
import { ExchangeFailure } from './exchange/failure.js';
import type { DurationMs, Ratio } from './units.js';

/**
 * How a failed operation is repeated: one policy for streams (`again`) and for promises
 * (`withRetry`).
 */
export interface RetryPolicy<F = unknown> {
  readonly backoff: BackoffRules;
  /** Jitter, from 0 up to 1. */
  readonly random: () => Ratio;
  /**
   * Whether the operation may be repeated after this failure. `tries` counts the failures before
   * it; `waitMs` is the wait until the next try, on the policy's clock.
   */
  readonly mayRepeat: (failure: F, tries: number, waitMs: DurationMs) => boolean;
  /** Added to each wait; default 0. */
  readonly minMs?: DurationMs;
  /** Limit of each wait, one requested by the server included; default unlimited. */
  readonly maxMs?: DurationMs;
  /** Speed of the clock of the waits, relative to ours; default 1. */
  readonly speed?: number;
}

/** Waits between requests to an exchange. */
export const EXCHANGE_BACKOFF: BackoffRules = { firstMs: 1_000, factor: 2, maxMs: 60_000 };

/** The same wait after each failure, without jitter. */
export const constantWait = (ms: DurationMs): Pick<RetryPolicy, 'backoff' | 'random'> => ({
  backoff: { firstMs: ms, factor: 1, maxMs: ms },
  random: () => 1,
});

/**
 * The wait after a failure that follows `tries` others, on the policy's clock: backoff plus what
 * the server requested.
 */
export const retryWaitMs = (
  failure: unknown,
  tries: number,
  { backoff, random, minMs = 0, maxMs = Infinity }: Omit<RetryPolicy, 'mayRepeat'>,
): DurationMs => {
  const requestedMs = failure instanceof ExchangeFailure ? failure.retryAfterMs : null;
  return Math.min(maxMs, minMs + backoffMs(tries, backoff, random(), requestedMs));
};
