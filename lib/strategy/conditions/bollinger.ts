import { declareCondition } from '../condition.js';

/** The close is above the middle band. */
export const bollinger = declareCondition({
  name: 'bollinger',
  comparisons: () => [{ value: { column: 'close' }, sign: '>', threshold: { column: 'bb_middle' } }],
});
