import { FIRST_CANDLE } from '../market-data/bad-row.js';
import type { DurationMs, EpochMs } from '../units.js';
import { ExchangeFailure } from './failure.js';

const LAST_TIME = Date.UTC(2100, 0, 1);

/** A time as an exchange reports it. Throws `bad_answer` unless it lies between 2009 and 2100. */
export const checkedTime = (at: number): EpochMs => {
  if (!(at >= FIRST_CANDLE && at < LAST_TIME))
    throw new ExchangeFailure('bad_answer', 'the exchange reports an invalid time');
  return at;
};

/** A reading of the exchange's clock: its time at a tick of our own clock, which never jumps. */
export interface ClockReading {
  readonly serverAt: EpochMs;
  /** Our own clock, in milliseconds. */
  readonly tick: DurationMs;
}

/** Exchanges may report whole seconds, so a reading may be behind by up to one. */
export const READING_ERROR_MS = 1_000;

/** The exchange's time at a tick. `speed` is how many times faster than ours its clock runs. */
export const exchangeTime = (reading: ClockReading, tick: DurationMs, speed: number): EpochMs =>
  reading.serverAt + (tick - reading.tick) * speed;

/** A time that the exchange reported, and our ticks around the request. */
export interface ClockAnswer {
  readonly serverTime: EpochMs;
  readonly sentTick: DurationMs;
  readonly receivedTick: DurationMs;
}

/** Half the round trip, in the exchange's time. */
const halfTrip = ({ sentTick, receivedTick }: ClockAnswer, speed: number): DurationMs =>
  ((receivedTick - sentTick) / 2) * speed;

/**
 * The exchange's clock by its first answer. It assumes that the time was taken when the answer
 * arrived, so that our clock is never ahead (it is behind by up to the round trip), and no forming
 * candle is taken for closed.
 */
export const firstReading = ({ serverTime, receivedTick }: ClockAnswer): ClockReading => ({
  serverAt: serverTime,
  tick: receivedTick,
});

/** The reading that assumes the time was taken half-way through the round trip. */
const midway = ({ serverTime, sentTick, receivedTick }: ClockAnswer): ClockReading => ({
  serverAt: serverTime,
  tick: (sentTick + receivedTick) / 2,
});

/** Whether an answer agrees with a reading, within a second and half the round trip. */
export const agrees = (known: ClockReading, answer: ClockAnswer, speed: number): boolean => {
  const { serverAt, tick } = midway(answer);
  return Math.abs(exchangeTime(known, tick, speed) - serverAt) <= READING_ERROR_MS + halfTrip(answer, speed);
};

/**
 * The reading after an answer that agrees with it: moved forward as far as is certain, never back.
 */
export const nextReading = (known: ClockReading, answer: ClockAnswer, speed: number): ClockReading => {
  const { serverAt, tick } = midway(answer);
  return { serverAt: Math.max(exchangeTime(known, tick, speed), serverAt - halfTrip(answer, speed)), tick };
};
