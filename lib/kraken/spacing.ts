import { MINUTE_MS, type EpochMs } from '../units.js';

/** Detects the candle length of a file from the times of its rows. */
export interface Spacing {
  row(at: EpochMs): void;
  /**
   * The candle length of the file in minutes; null without evidence that it is longer than one.
   * `isNamed`: the file's name says one minute, so that more evidence is needed.
   */
  minutes(isNamed: boolean): number | null;
}

/** Kraken's candles are of 1, 5, 15, 30, 60, 240, 720 and 1,440 minutes. */
const SHORTEST_LONGER = 5;
/**
 * Steps needed of a file named as 1-minute candles if half of them are of the shortest length: no
 * rarely traded market has these.
 */
const DENSE_STEPS = 5;
/**
 * Steps of any length that suffice: by chance all would be multiples in at most one of 2 ** 20
 * files.
 */
const MANY_STEPS = 20;
/** Largest probability of chance for a file whose name does not contain the length. */
const MAX_CHANCE = 0.05;

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b));

/**
 * Takes the times of rows, whole minutes in any order. Kraken's files leave out quiet minutes, so
 * rows may be any number of minutes apart.
 */
export const spacing = (): Spacing => {
  let last = Number.NaN;
  let steps = 0;
  let shared = 0;
  let shortest = Infinity;
  let ofShortest = 0;
  return {
    row: at => {
      const step = Math.abs(at - last) / MINUTE_MS;
      last = at;
      if (shared === 1 || !(step > 0)) return;
      steps++;
      shared = divisorOf(step, shared);
      if (step < shortest) [shortest, ofShortest] = [step, 0];
      if (step === shortest) ofShortest++;
    },
    minutes: isNamed => {
      if (shared < 2) return null;
      if (!isNamed) return shared ** -steps <= MAX_CHANCE ? shared : null;
      const isDense =
        shared >= SHORTEST_LONGER && shortest === shared && steps >= DENSE_STEPS && 2 * ofShortest >= steps;
      return isDense || steps >= MANY_STEPS ? shared : null;
    },
  };
};
