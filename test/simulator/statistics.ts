import { syntheticTapes } from '../../lib/simulator/market/market.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';

/** The whole period as one tape. */
export const wholeTape = (symbols: readonly string[], seed: number, from: EpochMs, to: EpochMs): Tape =>
  [...syntheticTapes(symbols, seed, from, to, (to - from) / MINUTE_MS)][0]!;

/** Every column of one cell. */
export const cellOf = (tape: Tape, lane: number, minute: number): readonly number[] => {
  const at = lane * tape.minutes + minute;
  return [tape.cell[at]!, tape.open[at]!, tape.high[at]!, tape.low[at]!, tape.close[at]!, tape.volume[at]!];
};

/** One-minute log returns of a lane; one less than it has minutes. */
export const returnsOf = (tape: Tape, lane: number): Float64Array => {
  const close = tape.close.subarray(lane * tape.minutes, (lane + 1) * tape.minutes);
  return Float64Array.from(close.subarray(1), (price, i) => Math.log(price / close[i]!));
};

export const sum = (values: ArrayLike<number>): number => Array.prototype.reduce.call(values, add, 0) as number;
const add = (a: unknown, b: unknown) => (a as number) + (b as number);

/** Pearson's correlation. */
export const correlation = (a: Float64Array, b: Float64Array): number => {
  const meanA = sum(a) / a.length;
  const meanB = sum(b) / b.length;
  const covariance = sum(a.map((value, i) => (value - meanA) * (b[i]! - meanB)));
  return covariance / Math.sqrt(sum(a.map(value => (value - meanA) ** 2)) * sum(b.map(value => (value - meanB) ** 2)));
};

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
