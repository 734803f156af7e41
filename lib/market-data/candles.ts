import type { EpochMs } from '../units.js';

/** Candles of one market as columns, ascending by `at` unless stated otherwise. */
export interface Candles {
  readonly length: number;
  /** Open times (`EpochMs`). */
  readonly at: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** In base currency. */
  readonly volume: Float64Array;
  /** NaN if unknown. */
  readonly vwap: Float64Array;
  /** Number of trades; NaN if unknown. */
  readonly trades: Float64Array;
  /** 1 for a minute without trades: flat at the previous close. */
  readonly quiet: Uint8Array;
  /** 1 for a close too far from the previous one. */
  readonly suspect: Uint8Array;
}

const NUMBERS = ['at', 'open', 'high', 'low', 'close', 'volume', 'vwap', 'trades'] as const;
const FLAGS = ['quiet', 'suspect'] as const;

/** Candles that grow row by row. */
export class CandleColumns implements Candles {
  length = 0;
  at = new Float64Array(0);
  open = this.at;
  high = this.at;
  low = this.at;
  close = this.at;
  volume = this.at;
  vwap = this.at;
  trades = this.at;
  quiet = new Uint8Array(0);
  suspect = this.quiet;

  constructor(capacity = 1_024) {
    this.#grow(capacity);
  }

  #grow(capacity: number): void {
    for (const name of NUMBERS) {
      const wider = new Float64Array(capacity);
      wider.set(this[name]);
      this[name] = wider;
    }
    for (const name of FLAGS) {
      const wider = new Uint8Array(capacity);
      wider.set(this[name]);
      this[name] = wider;
    }
  }

  /**
   * Appends a row and returns its index. Neither quiet nor suspect; `vwap` and `trades` default to
   * unknown.
   */
  push(
    at: EpochMs,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    trades = Number.NaN,
    vwap = Number.NaN,
  ): number {
    const row = this.length;
    if (row === this.at.length) this.#grow(Math.max(16, row * 2));
    this.at[row] = at;
    this.open[row] = open;
    this.high[row] = high;
    this.low[row] = low;
    this.close[row] = close;
    this.volume[row] = volume;
    this.vwap[row] = vwap;
    this.trades[row] = trades;
    this.quiet[row] = 0;
    this.suspect[row] = 0;
    this.length = row + 1;
    return row;
  }

  /** Removes the last row. */
  drop(): void {
    this.length--;
  }
}

/** Whether two rows are equal, flags included. */
export const sameRow = (a: Candles, i: number, b: Candles, j: number): boolean =>
  NUMBERS.every(name => Object.is(a[name][i], b[name][j])) && FLAGS.every(name => a[name][i] === b[name][j]);

/** The rows `from` (inclusive) to `to` (exclusive), sharing memory with the original. */
export const sliceCandles = (candles: Candles, from: number, to: number): Candles => ({
  length: to - from,
  at: candles.at.subarray(from, to),
  open: candles.open.subarray(from, to),
  high: candles.high.subarray(from, to),
  low: candles.low.subarray(from, to),
  close: candles.close.subarray(from, to),
  volume: candles.volume.subarray(from, to),
  vwap: candles.vwap.subarray(from, to),
  trades: candles.trades.subarray(from, to),
  quiet: candles.quiet.subarray(from, to),
  suspect: candles.suspect.subarray(from, to),
});

/** One row per minute, ascending; of several rows of a minute the last one stays. */
export const sortedCandles = (candles: Candles): { readonly sorted: Candles; readonly duplicates: number } => {
  let ascending = true;
  for (let i = 1; i < candles.length && ascending; i++) ascending = candles.at[i]! > candles.at[i - 1]!;
  if (ascending) return { sorted: candles, duplicates: 0 };
  const order = Uint32Array.from({ length: candles.length }, (_, i) => i).sort(
    (a, b) => candles.at[a]! - candles.at[b]! || a - b,
  );
  const sorted = new CandleColumns(candles.length);
  order.forEach((row, i) => {
    if (candles.at[order[i + 1] ?? -1] === candles.at[row]) return;
    const to = sorted.push(candles.at[row]!, 0, 0, 0, 0, 0);
    for (const name of NUMBERS) sorted[name][to] = candles[name][row]!;
    for (const name of FLAGS) sorted[name][to] = candles[name][row]!;
  });
  return { sorted, duplicates: candles.length - sorted.length };
};
