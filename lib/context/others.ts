import type { SectorCoin } from './context.js';

/** A value is known for so many minutes, its own included. */
export const KNOWN_MINUTES = 60;

/** Puts the last known value in each place of a line that has none, if it is of the last 60 minutes. */
export const carryForward = (line: Float64Array): void => {
  let last = NaN;
  for (let place = 0, until = 0; place < line.length; place++) {
    const value = line[place]!;
    if (!Number.isNaN(value)) {
      last = value;
      until = place + KNOWN_MINUTES;
    } else if (place < until) line[place] = last;
  }
};

/** Adds a line, from its place `at` on, to sums by row and counts the rows in which it has a value. */
const add = (line: Float64Array, at: number, sums: Float64Array, counts: Int32Array): void => {
  for (let row = 0; row < sums.length; row++) {
    const value = line[at + row]!;
    if (Number.isNaN(value)) continue;
    sums[row]! += value;
    counts[row]!++;
  }
};

/**
 * By lane and row: the mean of the lines of the sector's other coins, tracked ones, that have a value; null where none has one. What came
 * before a coin and what comes after it are summed up on a way there and a way back, so that a line is not added once for each
 * of the others. `lines` are by lane, with row 0 at the place `at`; `out` has the rows of one lane behind those of another.
 */
export const meansOfOthers = (
  lines: readonly Float64Array[],
  at: number,
  sector: readonly SectorCoin[],
  out: Float64Array,
  rows: number,
): void => {
  const sums = new Float64Array(rows);
  const known = new Int32Array(rows);
  const before = new Map<number, Int32Array>();
  for (const { lanes, tracked } of sector) {
    for (const lane of lanes) {
      out.set(sums, lane * rows);
      before.set(lane, known.slice());
    }
    for (const lane of tracked) add(lines[lane]!, at, sums, known);
  }
  sums.fill(0);
  known.fill(0);
  for (const { lanes, tracked } of sector.toReversed()) {
    for (const lane of lanes) {
      const knownBefore = before.get(lane)!;
      for (let row = 0, cell = lane * rows; row < rows; row++, cell++)
        out[cell] = (out[cell]! + sums[row]!) / (knownBefore[row]! + known[row]!); // 0/0 is null
    }
    for (const lane of tracked) add(lines[lane]!, at, sums, known);
  }
};

/** By row: of the lines that have a value, the share with one above 0, scaled to −1…1; null where none has one. `firsts` are the
 * lines' places of row 0. */
export const breadthOf = (lines: Float64Array, firsts: Int32Array, out: Float64Array): void => {
  for (let row = 0; row < out.length; row++) {
    let up = 0;
    let known = 0;
    for (let n = 0; n < firsts.length; n++) {
      const value = lines[firsts[n]! + row]!;
      if (Number.isNaN(value)) continue;
      if (value > 0) up++;
      known++;
    }
    out[row] = (2 * up) / known - 1;
  }
};
