import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** A fold of a walk-forward: trained on what was known before, tested on the stretch that follows. */
export interface Fold {
  /** Counts from 1. */
  readonly fold: number;
  /** Rows may be trained with whose labels are known by then: the embargo before `testFrom`. */
  readonly trainUntil: EpochMs;
  /** Open time of the first row that is tested. */
  readonly testFrom: EpochMs;
  /** Exclusive. */
  readonly testTo: EpochMs;
}

/**
 * Cuts a period into `count` + 1 stretches of the same length, to the minute: the first is only ever trained with, each of the
 * others is the test of a fold. A fold trains with rows of all stretches before its own, purged of those whose labels are not
 * known an embargo before the test begins.
 *
 *     |--------|--------|--------|--------|
 *      train    test 1
 *      train    train    test 2
 *      train    train    train    test 3
 */
export const walkForward = (from: EpochMs, to: EpochMs, count: number, embargo: DurationMs): readonly Fold[] => {
  const minutes = (to - from) / MINUTE_MS;
  const edge = (n: number): EpochMs => from + Math.floor((n * minutes) / (count + 1)) * MINUTE_MS;
  return Array.from({ length: count }, (_, i) => ({
    fold: i + 1,
    trainUntil: edge(i + 1) - embargo,
    testFrom: edge(i + 1),
    testTo: edge(i + 2),
  }));
};

/** The fold in whose test a row is, by its open time; 0 where there is none. */
export const testedIn = (folds: readonly Fold[], openTime: EpochMs): number =>
  folds.find(({ testFrom, testTo }) => testFrom <= openTime && openTime < testTo)?.fold ?? 0;

/** The first fold that may be trained with a row whose labels are known at `availableAt`; NaN where there is none, or no label. */
export const trainsFrom = (folds: readonly Fold[], availableAt: EpochMs): number =>
  folds.find(({ trainUntil }) => availableAt <= trainUntil)?.fold ?? NaN;
