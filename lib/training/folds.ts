import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** A fold of a walk-forward: trained on the rows known before its test stretch. */
export interface Fold {
  /** Counts from 1. */
  readonly fold: number;
  /** Training rows need labels known by then: the embargo before `testFrom`. */
  readonly trainUntil: EpochMs;
  /** Open time of the first test row. */
  readonly testFrom: EpochMs;
  /** Exclusive. */
  readonly testTo: EpochMs;
}

/**
 * Cuts a period into `count` + 1 stretches of equal length, in whole minutes: the first is used
 * only for training, each other one is the test of a fold. A fold trains on all earlier stretches,
 * purged of rows whose labels are not known an embargo before the test begins.
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

/** The fold that tests a row, by its open time; 0 for none. */
export const testedIn = (folds: readonly Fold[], openTime: EpochMs): number =>
  folds.find(({ testFrom, testTo }) => testFrom <= openTime && openTime < testTo)?.fold ?? 0;

/** The first fold that may train on a row with labels known at `availableAt`; NaN for none. */
export const trainsFrom = (folds: readonly Fold[], availableAt: EpochMs): number =>
  folds.find(({ trainUntil }) => availableAt <= trainUntil)?.fold ?? NaN;
