/** A value stays known for this many minutes, its own included. */
export const KNOWN_MINUTES = 60;

/**
 * Fills each place of a line without a value with the last known one, if it is of the last 60
 * minutes.
 */
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

/**
 * By row: the share of the lines with a value whose value is above 0, scaled to −1…1; null if no
 * line has one. `firsts` are the lines' places of row 0.
 */
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
