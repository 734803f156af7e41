import { Aborted, UserError } from '../../errors.js';
import { startThread } from '../thread.js';
import type { CheckMessage, CheckOrder, StrategyVerdict } from './check-thread.js';

/** How long one law may take before the strategy counts as one that does not return. */
const SILENT_MS = 120_000;

/**
 * Checks a strategy in a thread of its own, which is ended when the strategy does not return or
 * `signal` fires. Throws `UserError` for a file that does not load or does not return, `Aborted`.
 */
export const runCheck = (
  order: CheckOrder,
  signal: AbortSignal,
  onProgress: (laws: number) => void,
): Promise<StrategyVerdict> =>
  new Promise((resolve, reject) => {
    const thread = startThread('lib/world/strategies/check-thread', { workerData: order });
    let timer: NodeJS.Timeout;
    const end = (act: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      void thread.terminate();
      act();
    };
    const stop = (): void => end(() => reject(new Aborted()));
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(
        () =>
          end(() =>
            reject(
              new UserError([
                `${order.bundle.file}: the strategy did not return within ${SILENT_MS / 1_000} s: is there a loop without an end?`,
              ]),
            ),
          ),
        SILENT_MS,
      );
    };
    signal.addEventListener('abort', stop, { once: true });
    wait();
    thread.on('message', (message: CheckMessage) => {
      if (message.kind === 'checked') end(() => resolve(message));
      else if (message.kind === 'mistake') end(() => reject(new UserError(message.lines)));
      else {
        wait();
        onProgress(message.laws);
      }
    });
    thread.once('error', error => end(() => reject(error)));
  });
