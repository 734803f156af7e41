import type { DurationMs } from '../../units.js';
import { elapsed } from '../clock.js';
import { rest } from '../rest.js';

/** Time as the exchange counts it: a simulator's clock may run faster than ours, and its limits with it. Never jumps. */
export interface Pace {
  /** Milliseconds of the exchange's time since some moment. */
  elapsed(): DurationMs;
  /** Resolves after `ms` of the exchange's time; rejects with `Aborted` as soon as `signal` fires. */
  sleep(ms: DurationMs, signal: AbortSignal): Promise<void>;
}

/** Timers take no more: a sleep that would be longer ends early, and whoever slept looks again. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own pace, times `speed`. */
export const paceOf = (speed: number): Pace => ({
  elapsed: () => elapsed() * speed,
  sleep: (ms, signal) => rest(Math.min(Math.ceil(ms / speed), MOST_TIMER_MS), signal),
});

/** A state of this process alone, on its own clock. */
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
