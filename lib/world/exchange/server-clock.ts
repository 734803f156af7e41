import { exchangeTime, readClock, type ClockReading } from '../../exchange/clock.js';
import type { DurationMs, EpochMs } from '../../units.js';

/** The exchange's clock as it is known here. */
export interface ServerClock {
  /** Null before the first reading. */
  now(): EpochMs | null;
  /** Whether it should be read before it is relied on: never read, read long ago, or the machine slept or was set. */
  isDue(): boolean;
  /** The exchange has told its time in answer to a question sent and answered at these ticks. */
  read(told: EpochMs, sentTick: DurationMs, receivedTick: DurationMs): EpochMs;
  /** What was told meanwhile does not fit the clock. */
  doubt(): void;
}

const READ_EVERY_MS = 600_000;
/** The machine's two clocks drifting further apart than this in between means that it slept or that one was set. */
const MOST_DRIFT_MS = 5_000;

/** A clock that goes on from its last reading by `tick`, which never jumps; `wall` only tells when to read again. */
export const openServerClock = (tick: () => DurationMs, wall: () => EpochMs, speed: number): ServerClock => {
  let reading: ClockReading | null = null;
  let [readAtWall, readAtTick, doubtful] = [0, 0, false];
  const drift = () => Math.abs(wall() - readAtWall - (tick() - readAtTick));
  return {
    now: () => (reading ? exchangeTime(reading, tick(), speed) : null),
    isDue: () => !reading || doubtful || (tick() - readAtTick) * speed >= READ_EVERY_MS || drift() > MOST_DRIFT_MS,
    read: (told, sentTick, receivedTick) => {
      reading = readClock(reading, told, sentTick, receivedTick, speed);
      [readAtWall, readAtTick, doubtful] = [wall(), tick(), false];
      return exchangeTime(reading, readAtTick, speed);
    },
    doubt: () => void (doubtful = true),
  };
};
