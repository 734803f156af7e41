import { defer, finalize, from, type Observable } from 'rxjs';

/** Asks once somebody listens, and gives the question up when nobody does any more. */
export const asked = <T>(ask: (signal: AbortSignal) => Promise<T>): Observable<T> =>
  defer(() => {
    const giveUp = new AbortController();
    return from(ask(giveUp.signal)).pipe(finalize(() => giveUp.abort()));
  });
