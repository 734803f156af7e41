import type { DurationMs, EpochMs } from '../units.js';

/** What is known of the exchange's clock: its time at a tick of our own, which never jumps. */
export interface ClockReading {
  readonly serverAt: EpochMs;
  /** Milliseconds of our own clock. */
  readonly tick: DurationMs;
}

/** The exchange tells whole seconds, so that a reading is behind by up to one. */
export const READING_ERROR_MS = 1_000;

/** The exchange's time at a tick. `speed` is how many times faster than ours its clock runs. */
export const exchangeTime = (reading: ClockReading, tick: DurationMs, speed: number): EpochMs =>
  reading.serverAt + (tick - reading.tick) * speed;

/**
 * The reading to go by, after the exchange has told its time between two ticks: it is taken to be told half way. A reading
 * that agrees with the one before, within a second and half the round trip, moves the clock forward as far as is certain and
 * never back; one that does not is believed, since then the exchange's clock, or ours, has been away.
 */
export const readClock = (
  before: ClockReading | null,
  told: EpochMs,
  sentTick: DurationMs,
  receivedTick: DurationMs,
  speed: number,
): ClockReading => {
  const tick = (sentTick + receivedTick) / 2;
  const uncertain = ((receivedTick - sentTick) / 2) * speed;
  const predicted = before ? exchangeTime(before, tick, speed) : Number.NaN;
  const agrees = Math.abs(predicted - told) <= READING_ERROR_MS + uncertain;
  return { serverAt: agrees ? Math.max(predicted, told - uncertain) : told, tick };
};
