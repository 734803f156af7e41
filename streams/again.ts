import { catchError, concat, defer, ignoreElements, map, of, throwError, timer } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { backoffMs, type BackoffRules } from '../lib/exchange/backoff.js';
import { ExchangeFailure } from '../lib/exchange/failure.js';
import type { DurationMs, Ratio } from '../lib/units.js';

/** How often a question is repeated. */
export interface RetryPolicy {
  readonly backoff: BackoffRules;
  /** Jitter, from 0 up to 1. */
  readonly random: () => Ratio;
  /** Whether the question may be repeated after this failure. */
  readonly mayRepeat: (failure: ExchangeFailure) => boolean;
  /** Added to each wait; 0 by default. */
  readonly leastMs?: DurationMs;
  /** How many times faster than ours the clock of the waits runs; 1 by default. */
  readonly speed?: number;
}

/** What came of a try. */
export type Tried<T> =
  | { readonly kind: 'answer'; readonly value: T; readonly tries: number }
  /** `waitMs`: until the next try; null where there is none. */
  | { readonly kind: 'failed'; readonly failure: ExchangeFailure; readonly waitMs: DurationMs | null };

/**
 * Asks, and after a failure that may pass asks again after a growing wait. Every failure is emitted. What cannot be mended by
 * waiting fails the stream.
 *
 *     ask     --#      --#      --a|
 *     tried   --f--------f--------a|     f with the wait until the next try
 */
export const again = <T>(
  ask: () => ObservableInput<T>,
  { backoff, random, mayRepeat, leastMs = 0, speed = 1 }: RetryPolicy,
): Observable<Tried<T>> =>
  defer(() => {
    let tries = 0;
    return defer(ask).pipe(
      map((value): Tried<T> => ({ kind: 'answer', value, tries })),
      catchError((failure: unknown, retry) => {
        if (!(failure instanceof ExchangeFailure) || failure.next === 'stop') return throwError(() => failure);
        if (!mayRepeat(failure)) return of<Tried<T>>({ kind: 'failed', failure, waitMs: null });
        const waitMs = leastMs + backoffMs(tries++, backoff, random(), failure.retryAfterMs);
        const failed = of<Tried<T>>({ kind: 'failed', failure, waitMs });
        return concat(failed, timer(waitMs / speed).pipe(ignoreElements()), retry);
      }),
    );
  });
