import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Aborted } from '../errors.js';
import type { DurationMs } from '../units.js';

/** Resolves after `ms` of the machine's time; rejects with `Aborted` as soon as `signal` fires. */
export const rest = (ms: DurationMs, signal?: AbortSignal): Promise<void> => {
  if (signal) setMaxListeners(0, signal); // all that waits for a database may do so at once: that is no leak
  return setTimeout(ms, undefined, signal && { signal }).catch(() => {
    throw new Aborted();
  });
};
