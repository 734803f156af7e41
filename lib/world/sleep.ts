import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Aborted } from '../errors.js';
import type { DurationMs } from '../units.js';

/** Resolves after `ms` of the machine's time; rejects with `Aborted` as soon as `signal` fires. */
export const sleep = (ms: DurationMs, signal?: AbortSignal): Promise<void> => {
  if (signal) setMaxListeners(0, signal); // many operations may wait for a database at once: not a leak
  return setTimeout(ms, undefined, signal && { signal }).catch(() => {
    throw new Aborted();
  });
};
