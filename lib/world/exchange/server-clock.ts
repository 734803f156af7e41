import {
  agrees,
  exchangeTime,
  firstReading,
  nextReading,
  type ClockAnswer,
  type ClockReading,
} from '../../exchange/clock.js';
import type { DurationMs, EpochMs } from '../../units.js';

/** The exchange's clock as it is known here. */
export interface ServerClock {
  /** Null before the first reading. */
  now(): EpochMs | null;
  /** Whether it should be read before it is relied on: never read, read long ago, or the machine slept or was set. */
  isDue(): boolean;
  /**
   * Takes what the exchange has told and gives the time. A time that does not fit the clock is believed only when the next
   * one fits it: one server of many may be off, or a cache have answered.
   */
  read(answer: ClockAnswer): EpochMs;
  /** What was told meanwhile does not fit the clock. */
  doubt(): void;
}

const READ_EVERY_MS = 600_000;
/** The machine's two clocks drifting further apart than this in between means that it slept or that one was set. */
const MOST_DRIFT_MS = 5_000;

/** A clock that goes on from its last reading by `tick`, which never jumps; `wall` only tells when to read again. */
export const openServerClock = (tick: () => DurationMs, wall: () => EpochMs, speed: number): ServerClock => {
  let reading: ClockReading | null = null;
  let suspect: ClockReading | null = null;
  let [readAtWall, readAtTick, doubtful] = [0, 0, false];
  const drift = () => Math.abs(wall() - readAtWall - (tick() - readAtTick));
  return {
    now: () => (reading ? exchangeTime(reading, tick(), speed) : null),
    isDue: () => !reading || doubtful || (tick() - readAtTick) * speed >= READ_EVERY_MS || drift() > MOST_DRIFT_MS,
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
