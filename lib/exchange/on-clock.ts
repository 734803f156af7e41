import type { SharedState } from './ports.js';

/**
 * The same state on a clock that runs `speed` times as fast, as a simulated exchange's does, whose
 * limits use it.
 */
export const onClockOf = <S>(shared: SharedState<S>, speed: number): SharedState<S> => ({
  update: change => shared.update((state, time) => change(state, time * speed)),
});
