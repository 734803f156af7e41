import { MINUTE_MS, type EpochMs } from '../units.js';

/** Tells how many minutes a file's rows are apart while they go by. */
export interface Spacing {
  row(at: EpochMs): void;
  /**
   * How many minutes the candles of the file are long; null where nothing says that they are longer than one. `isNamed`: the
   * file's name says one minute, so that more has to speak against it.
   */
  minutes(isNamed: boolean): number | null;
}

/** Kraken's candles are of 1, 5, 15, 30, 60, 240, 720 and 1,440 minutes. */
const SHORTEST_LONGER = 5;
/** So many steps of a file that is named a minute's, of which half are as short as can be: a market that is traded rarely has no such rows. */
const DENSE_STEPS = 5;
/** So many steps of whatever length: by chance they would all be multiples once in 2 ** 20 files at most. */
const MANY_STEPS = 20;
/** Of a file whose name does not say: rarer by chance than this. */
const MOST_CHANCE = 0.05;

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b));

/** Looks at the times of rows, whole minutes in any order. Kraken's files leave quiet minutes out, so rows may be any number of minutes apart. */
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
      if (!isNamed) return shared ** -steps <= MOST_CHANCE ? shared : null;
      const isDense =
        shared >= SHORTEST_LONGER && shortest === shared && steps >= DENSE_STEPS && 2 * ofShortest >= steps;
      return isDense || steps >= MANY_STEPS ? shared : null;
    },
  };
};
