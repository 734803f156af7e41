import type { DurationMs, EpochMs } from '../../units.js';

/**
 * Market time: `start` now, from then on `speed` times as fast as `elapsed`, a clock that never
 * jumps.
 */
export const marketClock = (start: EpochMs, speed: number, elapsed: () => DurationMs): (() => EpochMs) => {
  const began = elapsed();
  return () => Math.floor(start + (elapsed() - began) * speed);
};
