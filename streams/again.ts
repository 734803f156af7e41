import { catchError, concat, defer, ignoreElements, map, of, throwError, timer } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { ExchangeFailure } from '../lib/exchange/failure.js';
import { retryWaitMs, type RetryPolicy } from '../lib/retry.js';
import type { DurationMs } from '../lib/units.js';

/** The result of a try. */
export type Tried<T> =
  | { readonly kind: 'answer'; readonly value: T; readonly tries: number }
  /** `waitMs`: until the next try; null where there is none. */
  | { readonly kind: 'failed'; readonly failure: ExchangeFailure; readonly waitMs: DurationMs | null };

/**
 * Repeats a failed request after the waits of a policy. Every failure is emitted. A failure that
 * needs the user (`stop`), or any other error, fails the stream.
 *
 *     ask     --#      --#      --a|
 *     tried   --f--------f--------a|     f with the wait until the next try
 */
export const again = <T>(ask: () => ObservableInput<T>, policy: RetryPolicy<ExchangeFailure>): Observable<Tried<T>> =>
  defer(() => {
    const { mayRepeat, speed = 1 } = policy;
    let tries = 0;
    return defer(ask).pipe(
      map((value): Tried<T> => ({ kind: 'answer', value, tries })),
      catchError((failure: unknown, retry) => {
        if (!(failure instanceof ExchangeFailure) || failure.next === 'stop') return throwError(() => failure);
        const waitMs = retryWaitMs(failure, tries, policy);
        if (!mayRepeat(failure, tries++, waitMs)) return of<Tried<T>>({ kind: 'failed', failure, waitMs: null });
        const failed = of<Tried<T>>({ kind: 'failed', failure, waitMs });
        return concat(failed, timer(waitMs / speed).pipe(ignoreElements()), retry);
      }),
    );
  });
