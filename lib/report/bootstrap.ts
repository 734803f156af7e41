/** A whole number from 0 up to, but not including, `below`. */
export type Pick = (below: number) => number;

/** An interval of a mean, and how it was found. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Share of the resampled means that are above 0. */
  readonly shareAbove: number;
}

const REPLICATIONS = 10_000;

/**
 * The mean of a series in time with its 90 % interval, by the stationary bootstrap (Politis and
 * Romano 1994, JASA 89): the series is put together again from blocks that begin anywhere, go round
 * its end, and have a length that is geometric with the mean n^(1/3), so that the dependence from
 * one value to the next is kept. NaN for an empty series.
 */
export const meanInterval = (values: readonly number[], pick: Pick): MeanInterval => {
  const { length } = values;
  const mean = values.reduce((sum, value) => sum + value, 0) / length;
  if (length === 0) return { mean: NaN, low: NaN, high: NaN, shareAbove: NaN };
  const block = Math.max(1, Math.round(length ** (1 / 3)));
  const means = new Float64Array(REPLICATIONS);
  for (let n = 0; n < REPLICATIONS; n++) {
    let sum = 0;
    let at = pick(length);
    for (let i = 0; i < length; i++) {
      sum += values[at]!;
      at = pick(block) === 0 ? pick(length) : (at + 1) % length;
    }
    means[n] = sum / length;
  }
  means.sort();
  const at = (share: number) => means[Math.round(share * (REPLICATIONS - 1))]!;
  const above = means.reduce((count, value) => count + (value > 0 ? 1 : 0), 0);
  return { mean, low: at(0.05), high: at(0.95), shareAbove: above / REPLICATIONS };
};
