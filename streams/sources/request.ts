import { catchError, defer, map, of, take, throwError, timeout, type Observable, type ObservableInput } from 'rxjs';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { DurationMs } from '../../lib/units.js';

/**
 * Requests once and emits the first answer, or the failure as a value, so that one market's failure
 * does not affect others. A request without an answer for `timeoutMs` (of our own time) has
 * failed. A permanent failure fails the stream.
 *
 *     answer  --a---      answered --(a|)
 *     answer  --#         answered --(f|)
 *     answer  -------     answered -----(f|)
 */
export const request = <T, A>(
  ask: () => ObservableInput<T>,
  timeoutMs: DurationMs,
  answered: (answer: T) => A,
  failed: (failure: ExchangeFailure) => A,
): Observable<A> =>
  defer(ask).pipe(
    take(1),
    timeout({ first: timeoutMs, with: () => throwError(() => new ExchangeFailure('dropped', 'no answer in time')) }),
    map(answered),
    catchError((failure: unknown) =>
      failure instanceof ExchangeFailure && failure.next !== 'stop' ? of(failed(failure)) : throwError(() => failure),
    ),
  );
