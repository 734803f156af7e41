import { setMaxListeners } from 'node:events';
import { Aborted } from '../../errors.js';
import { ExchangeFailure } from '../../exchange/failure.js';
import type { DurationMs } from '../../units.js';

/**
 * Runs an operation that may never end: rejects with a temporary failure after `ms`, with `Aborted`
 * as soon as `signal` fires, and aborts the operation's own signal, without waiting for it.
 */
export const withDeadline = <T>(
  ms: DurationMs,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  new Promise<T>((resolve, reject) => {
    const inner = new AbortController();
    const giveUp = (error: Error) => {
      reject(error);
      inner.abort();
    };
    const abort = () => giveUp(new Aborted());
    const timer = setTimeout(
      () => giveUp(new ExchangeFailure('temporary', `no complete answer within ${ms / 1_000} s`)),
      ms,
    );
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    Promise.resolve()
      .then(() => {
        if (inner.signal.aborted) throw new Aborted();
        return run(inner.signal);
      })
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
      });
  });

/**
 * The value of a promise, or `Aborted` as soon as `signal` fires; the operation continues, since
 * others may await it too.
 */
export const abortable = <T>(running: Promise<T>, signal?: AbortSignal): Promise<T> =>
  signal
    ? new Promise<T>((resolve, reject) => {
        const abort = () => reject(new Aborted());
        setMaxListeners(0, signal);
        if (signal.aborted) abort();
        signal.addEventListener('abort', abort, { once: true });
        void running.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
      })
    : running;

/**
 * Runs an operation with a signal that fires as soon as one of several does. `AbortSignal.any`
 * would do the same, but leaks each signal derived from one that lives as long as the process.
 */
export const withSignals = async <T>(
  sources: readonly AbortSignal[],
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const source of sources) {
    setMaxListeners(0, source); // hundreds of requests may wait at once: that is not a leak
    if (source.aborted) abort();
    source.addEventListener('abort', abort);
  }
  try {
    return await run(controller.signal);
  } finally {
    for (const source of sources) source.removeEventListener('abort', abort);
  }
};
