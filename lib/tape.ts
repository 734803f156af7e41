import { MINUTE_MS, type EpochMs } from './units.js';

/** What a cell of a tape holds. A gap is an absent cell, never a flat one. */
export const Cell = { absent: 0, traded: 1, quiet: 2, suspect: 3 } as const;

/**
 * Closed candles as columns over a grid of markets × minutes.
 *
 * The candle of market `m` (its lane) that opens `i` minutes after `start` is cell `m * minutes +
 * i` of every column: one lane is one contiguous stretch, so a kernel walks it without jumps. All
 * rows of a minute are in the same tape.
 *
 *     lane 0   |t t t q t .|      t traded   q quiet (flat at the previous close, volume 0)
 *     lane 1   |. . t t s t|      s suspect (as quiet)   . absent: a gap, or before the market's first candle
 *
 * Quiet and suspect cells are flat at the previous close, with volume 0: indicators see them, exits
 * do not.
 */
export interface Tape {
  /** Open time of the first minute, a whole minute. */
  readonly start: EpochMs;
  readonly minutes: number;
  readonly markets: number;
  /** One of `Cell` for each cell. */
  readonly cell: Uint8Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** In base currency. */
  readonly volume: Float64Array;
}

/** One candle of one lane, for building tapes by hand. */
export interface Candle {
  readonly market: number;
  /** Open time, a whole minute. */
  readonly at: EpochMs;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** default `Cell.traded`. */
  readonly cell?: number;
}

/** A tape of absent cells. */
export const emptyTape = (start: EpochMs, minutes: number, markets: number): Tape => {
  const cells = minutes * markets;
  const columns = new Float64Array(cells * 5);
  const column = (n: number) => columns.subarray(n * cells, (n + 1) * cells);
  return {
    start,
    minutes,
    markets,
    cell: new Uint8Array(cells),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
  };
};

/** The row after a market's last present cell; 0 where all are absent. */
export const laneEnd = ({ cell, minutes }: Tape, market: number): number => {
  const lane = market * minutes;
  let end = minutes;
  while (end > 0 && cell[lane + end - 1] === Cell.absent) end--;
  return end;
};

/**
 * The minutes `from` (inclusive) to `to` (exclusive) of a tape, counted from its first, as a tape
 * of their own.
 */
export const sliceTape = (tape: Tape, from: number, to: number): Tape => {
  const part = emptyTape(tape.start + from * MINUTE_MS, to - from, tape.markets);
  const names = ['cell', 'open', 'high', 'low', 'close', 'volume'] as const;
  for (let market = 0; market < tape.markets; market++) {
    const at = market * tape.minutes;
    for (const name of names) part[name].set(tape[name].subarray(at + from, at + to), market * part.minutes);
  }
  return part;
};

/** Cells that fit the processor's cache. */
const MAX_CELLS = 14_400;

/** The minutes of a tape of so many markets: a day at most, fewer where there are many. */
export const fittingMinutes = (markets: number): number =>
  Math.max(30, Math.min(1440, Math.floor(MAX_CELLS / markets)));
