import { Observable, defer, finalize, from } from 'rxjs';

/** Requests on subscription; unsubscribing aborts the request. */
export const fromAbortable = <T>(ask: (signal: AbortSignal) => Promise<T>): Observable<T> =>
  defer(() => {
    const giveUp = new AbortController();
    return from(ask(giveUp.signal)).pipe(finalize(() => giveUp.abort()));
  });

/**
 * Runs a task on subscription; it emits as it goes on, and completes the stream when it ends.
 * Unsubscribing fires its signal.
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
