import { PRIME_CANDLES, joining, ofBucket, type HigherCandles } from '../indicators/primes.js';
import { MINUTE_MS, type EpochMs } from '../units.js';

/** The stored minutes of a market back to its last gap, or to where they are of no interest. */
export interface Stretch {
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** What is stored goes on only if the exchange's candles reach back to it, of which it has 720; a few are left for asking. */
const REACH_MS = 715 * MINUTE_MS;
/** The exchange's 720 latest candles hold the one that is forming. */
const ENOUGH = PRIME_CANDLES - 1;

/** Of the timeframes that settings may name, the exchange has candles of these. */
const OFFERED: ReadonlySet<number> = new Set([5, 15, 30]);

/** Whether the exchange has candles of a timeframe. Those of any other begin with the minutes that are known. */
export const isOffered = (minutes: number): boolean => OFFERED.has(minutes);

/** Whether the exchange is to be asked for a market's candles of a timeframe: what is stored gives it less than it would. */
export const lacksPrimes = (
  stretch: Stretch | undefined,
  known: HigherCandles | null,
  minutes: number,
  now: EpochMs,
): boolean => {
  if (!stretch || stretch.to < now - REACH_MS) return true;
  const length = minutes * MINUTE_MS;
  const bucket = Math.floor(stretch.from / length);
  const closed = Math.floor(now / length) - bucket;
  if (stretch.from % length > 0 && !(known && ofBucket(known, minutes, bucket) >= 0)) return closed - 1 < ENOUGH;
  const { from, to } = known ? joining(known, minutes, bucket) : { from: 0, to: 0 };
  return closed + to - from < ENOUGH;
};

/** From where the exchange's candles of a timeframe are to be asked for: as far back as it has any. */
export const primesSince = (minutes: number, now: EpochMs): EpochMs => {
  const length = minutes * MINUTE_MS;
  return (Math.floor(now / length) - PRIME_CANDLES) * length;
};
