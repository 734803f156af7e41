import { Cell, type Tape } from '../tape.js';
import type { EpochMs } from '../units.js';

/**
 * Number of rows with a common highest and lowest price, so that a reader can skip them together.
 */
export const STRIDE = 16;

/** The candles of one market, prepared for looking ahead. */
export interface LabelLane {
  /** Open time of row 0. */
  readonly start: EpochMs;
  /** One of `Cell` for each row. */
  readonly cell: Uint8Array;
  readonly open: Float64Array;
  readonly close: Float64Array;
  /**
   * Of traded candles; -Infinity elsewhere, so that minutes that are no observation never compare
   * as reached.
   */
  readonly highs: Float64Array;
  /** Of traded candles; Infinity elsewhere. */
  readonly lows: Float64Array;
  /** The highest of each `STRIDE` rows of `highs`: rows 0 to `STRIDE` - 1 are the first. */
  readonly tops: Float64Array;
  /** The lowest of each `STRIDE` rows of `lows`. */
  readonly bottoms: Float64Array;
  /** The first absent row at or after each row; the number of rows if there is none. */
  readonly absentFrom: Uint32Array;
  /**
   * The first row with an exit signal at or after each row; the number of rows if there is none. Null
   * for a strategy without exits.
   */
  readonly exitFrom: Uint32Array | null;
}

/** The first row of a lane at or after each row whose value is 1. */
const nextFrom = (signals: Uint8Array): Uint32Array => {
  const next = new Uint32Array(signals.length);
  let at = signals.length;
  for (let row = signals.length - 1; row >= 0; row--) {
    if (signals[row] === 1) at = row;
    next[row] = at;
  }
  return next;
};

/**
 * A market's lane of a tape. `cell`, `open` and `close` are views of the tape. `exits`: 1 for each
 * cell with an exit signal, else 0.
 */
export const laneOf = (tape: Tape, market: number, exits: Uint8Array | null = null): LabelLane => {
  const { minutes, start } = tape;
  const part = <T extends Uint8Array | Float64Array>(column: T) =>
    column.subarray(market * minutes, (market + 1) * minutes) as T;
  const cell = part(tape.cell);
  const highs = part(tape.high).slice();
  const lows = part(tape.low).slice();
  const absentFrom = new Uint32Array(minutes);
  let absent = minutes;
  for (let row = minutes - 1; row >= 0; row--) {
    if (cell[row] === Cell.absent) absent = row;
    absentFrom[row] = absent;
    if (cell[row] === Cell.traded) continue;
    highs[row] = -Infinity;
    lows[row] = Infinity;
  }
  const tops = new Float64Array(Math.ceil(minutes / STRIDE)).fill(-Infinity);
  const bottoms = new Float64Array(tops.length).fill(Infinity);
  for (let row = 0; row < minutes; row++) {
    const stride = Math.floor(row / STRIDE);
    if (highs[row]! > tops[stride]!) tops[stride] = highs[row]!;
    if (lows[row]! < bottoms[stride]!) bottoms[stride] = lows[row]!;
  }
  return {
    start,
    tops,
    bottoms,
    cell,
    open: part(tape.open),
    close: part(tape.close),
    highs,
    lows,
    absentFrom,
    exitFrom: exits && nextFrom(part(exits)),
  };
};
