import { Observable, defer, finalize, from } from 'rxjs';

/** Asks once somebody listens, and gives the question up when nobody does any more. */
export const asked = <T>(ask: (signal: AbortSignal) => Promise<T>): Observable<T> =>
  defer(() => {
    const giveUp = new AbortController();
    return from(ask(giveUp.signal)).pipe(finalize(() => giveUp.abort()));
  });

/**
 * Runs a task that emits as it goes on, once somebody listens, and completes with it. Its signal fires when nobody listens any
 * more.
 */
export const emitting = <T>(run: (emit: (value: T) => void, signal: AbortSignal) => Promise<unknown>): Observable<T> =>
  new Observable<T>(subscriber => {
    const giveUp = new AbortController();
    run(value => subscriber.next(value), giveUp.signal).then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => giveUp.abort();
  });
