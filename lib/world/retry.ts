import { retryWaitMs, type RetryPolicy } from '../retry.js';
import type { DurationMs } from '../units.js';
import { sleep } from './sleep.js';

/** How `withRetry` repeats an operation. */
export interface RetryOptions extends RetryPolicy {
  /** Cancels a wait: `withRetry` then rejects with `Aborted`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Reports a failure that is followed by a wait of `waitMs` of our own time; the wait begins when
   * it resolves.
   */
  readonly onFailure?: (failure: unknown, waitMs: DurationMs, tries: number) => unknown;
  /** How a wait is spent; default on our own clock. */
  readonly pause?: (ms: DurationMs, signal?: AbortSignal) => Promise<unknown>;
}

/**
 * Repeats an operation until it succeeds, after the waits of a policy; the twin of the operator
 * `again`. Rejects with the failure that the policy does not allow to be repeated, and with
 * `Aborted` if `signal` fires during a wait.
 */
export const withRetry = async <T>(act: () => Promise<T>, options: RetryOptions): Promise<T> => {
  const { mayRepeat, onFailure, signal, pause = sleep, speed = 1 } = options;
  for (let tries = 0; ; tries++)
    try {
      return await act();
    } catch (failure) {
      const waitMs = retryWaitMs(failure, tries, options);
      if (!mayRepeat(failure, tries, waitMs)) throw failure;
      await onFailure?.(failure, waitMs / speed, tries);
      await pause(waitMs / speed, signal);
    }
};
