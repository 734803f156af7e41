import {
  agrees,
  exchangeTime,
  firstReading,
  nextReading,
  type ClockAnswer,
  type ClockReading,
} from '../../exchange/clock.js';
import type { DurationMs, EpochMs } from '../../units.js';

/** Our estimate of the exchange's clock. */
export interface ServerClock {
  /** Null before the first reading. */
  now(): EpochMs | null;
  /**
   * Whether it has to be read before use: never read, read long ago, or the machine slept or its
   * clock was set.
   */
  isDue(): boolean;
  /**
   * Sets the clock by a reported time and returns the current time. A time that disagrees with the
   * clock is accepted only when the next one agrees with it: one server of many may be off, or a
   * cache may have answered.
   */
  read(answer: ClockAnswer): EpochMs;
  /** Marks the clock as doubtful: another answer disagrees with it. */
  doubt(): void;
}

const READ_EVERY_MS = 600_000;
/** A larger drift between the machine's two clocks means that it slept or that one was set. */
const MAX_DRIFT_MS = 5_000;

/**
 * A clock that runs on from its last reading by `tick`, which never jumps; `wall` only decides when
 * to read again.
 */
export const openServerClock = (tick: () => DurationMs, wall: () => EpochMs, speed: number): ServerClock => {
  let reading: ClockReading | null = null;
  let suspect: ClockReading | null = null;
  let [readAtWall, readAtTick, doubtful] = [0, 0, false];
  const drift = () => Math.abs(wall() - readAtWall - (tick() - readAtTick));
  return {
    now: () => (reading ? exchangeTime(reading, tick(), speed) : null),
    isDue: () => !reading || doubtful || (tick() - readAtTick) * speed >= READ_EVERY_MS || drift() > MAX_DRIFT_MS,
    read: answer => {
      const known = [reading, suspect].find(candidate => candidate && agrees(candidate, answer, speed));
      if (known || !reading) {
        reading = known ? nextReading(known, answer, speed) : firstReading(answer);
        [readAtWall, readAtTick, doubtful, suspect] = [wall(), tick(), false, null];
      } else {
        suspect = firstReading(answer);
        doubtful = true;
      }
      return exchangeTime(reading, tick(), speed);
    },
    doubt: () => void (doubtful = true),
  };
};
