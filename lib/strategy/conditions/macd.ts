import { declareCondition } from '../condition.js';

const histogram = { column: 'macd_histogram' };

/** The MACD histogram is positive and rises. */
export const macd = declareCondition({
  name: 'macd',
  comparisons: () => [
    { value: histogram, sign: '>', threshold: 0 },
    { value: histogram, sign: '>', threshold: { ...histogram, lag: 1 } },
  ],
  requirement: () => 'macd_histogram > 0 and rising',
});
