import { catchError, defer, map, of, take, throwError, timeout, type Observable, type ObservableInput } from 'rxjs';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { DurationMs } from '../../lib/units.js';

/**
 * Asks once and takes the first answer, or the failure as what it came to, so that one market's failure is no other's. A
 * question that is silent for `patienceMs` (of our own time) has failed. What waiting cannot mend fails the stream.
 *
 *     answer  --a---      answered --(a|)
 *     answer  --#         answered --(f|)
 *     answer  -------     answered -----(f|)
 */
export const answerTo = <T, A>(
  ask: () => ObservableInput<T>,
  patienceMs: DurationMs,
  answered: (answer: T) => A,
  failed: (failure: ExchangeFailure) => A,
): Observable<A> =>
  defer(ask).pipe(
    take(1),
    timeout({ first: patienceMs, with: () => throwError(() => new ExchangeFailure('dropped', 'no answer in time')) }),
    map(answered),
    catchError((failure: unknown) =>
      failure instanceof ExchangeFailure && failure.next !== 'stop' ? of(failed(failure)) : throwError(() => failure),
    ),
  );
