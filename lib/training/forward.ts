import type { Percent } from '../units.js';
import type { LabelLane } from './lane.js';

/**
 * Forward returns (semantics §8) of the rows `from` to `to` (exclusive) after `horizon` minutes, in
 * percent; NaN if the lane ends or has a gap before that.
 *
 *     100 · (close of t + horizon / close of t − 1)
 */
export const forwardReturns = (lane: LabelLane, from: number, to: number, horizon: number): Float64Array => {
  const { close, absentFrom } = lane;
  const returns: Float64Array<ArrayBuffer> = new Float64Array(to - from);
  for (let row = from; row < to; row++) {
    const later = row + horizon;
    const known = later < absentFrom[row]!;
    const value: Percent = known ? 100 * (close[later]! / close[row]! - 1) : NaN;
    returns[row - from] = value;
  }
  return returns;
};
