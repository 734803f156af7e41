import { EMPTY, concat, of, switchMap, type Observable, type ObservableInput } from 'rxjs';
import type { ContactEvent } from '../../lib/market-data/positions-events.js';
import type { DurationMs, Ratio } from '../../lib/units.js';
import { again } from '../again.js';

/**
 * Timeout of the first requests, in our own time: short, to report soon whether the exchange
 * answers at all.
 */
export const CONTACT_MS: DurationMs = 5_000;

const BACKOFF = { firstMs: 2_000, factor: 2, maxMs: 60_000 };
/** A first wait near zero would be logged as "the next try is in 0 s". */
const MIN_MS = 1_000;

/**
 * Requests the exchange's first answers until they arrive, then follows with them. A permanent
 * failure fails the stream.
 *
 *     ask      --#     --(a|)
 *     events   --w-------bs-s-   w away, b back, s what follows
 */
export const afterContact = <T, E>(
  ask: () => ObservableInput<T>,
  random: () => Ratio,
  follow: (first: T) => Observable<E>,
): Observable<ContactEvent | E> =>
  again(ask, { backoff: BACKOFF, minMs: MIN_MS, random, mayRepeat: () => true }).pipe(
    switchMap((tried): Observable<ContactEvent | E> => {
      if (tried.kind === 'answer')
        return concat(tried.tries > 0 ? of<ContactEvent>({ kind: 'back' }) : EMPTY, follow(tried.value));
      return of<ContactEvent>({ kind: 'away', reason: tried.failure.message, waitMs: tried.waitMs ?? 0 });
    }),
  );
