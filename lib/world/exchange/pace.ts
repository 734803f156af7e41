import type { DurationMs } from '../../units.js';
import { elapsed } from '../clock.js';
import { sleep } from '../sleep.js';

/**
 * Time as the exchange measures it: a simulator's clock, and so its limits, may run faster than
 * ours. Never jumps.
 */
export interface Pace {
  /** Milliseconds of the exchange's time since an arbitrary moment. */
  elapsed(): DurationMs;
  /**
   * Resolves after `ms` of the exchange's time; rejects with `Aborted` as soon as `signal` fires.
   */
  sleep(ms: DurationMs, signal: AbortSignal): Promise<void>;
}

/** The upper bound of timers: a longer sleep ends early, and the caller checks again. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own pace, times `speed`. */
export const paceOf = (speed: number): Pace => ({
  elapsed: () => elapsed() * speed,
  sleep: (ms, signal) => sleep(Math.min(Math.ceil(ms / speed), MAX_TIMER_MS), signal),
});

/** A state of this process only, on its own clock. */
export const ownState = <S>(pace: Pick<Pace, 'elapsed'>) => {
  let current: S | null = null;
  return {
    update: <T>(change: (state: S | null, now: number) => { readonly state: S; readonly result: T }): Promise<T> => {
      const { state, result } = change(current, pace.elapsed());
      current = state;
      return Promise.resolve(result);
    },
  };
};
