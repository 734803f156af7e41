import { Subscription, type Observable } from 'rxjs';
import { Aborted } from '../lib/errors.js';

/**
 * Subscribes to a stream and resolves with its last value when it completes. The only place that
 * subscribes. Unsubscribes and rejects with `Aborted` as soon as `signal` fires.
 */
export const drain = <T>(stream$: Observable<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Aborted());
      return;
    }
    let last: T | undefined;
    const subscription = new Subscription();
    const abort = () => {
      subscription.unsubscribe();
      reject(new Aborted());
    };
    signal.addEventListener('abort', abort, { once: true });
    subscription.add(() => signal.removeEventListener('abort', abort));
    subscription.add(
      stream$.subscribe({
        next: value => (last = value),
        error: (error: unknown) => {
          subscription.unsubscribe();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
        complete: () => {
          subscription.unsubscribe();
          resolve(last);
        },
      }),
    );
  });
