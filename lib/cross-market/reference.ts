import { ALIKE, blockAt, WINDOW } from './window.js';

/** Fewer pairs are not significant. */
const MIN_PAIRS = 30;
/** Σy, Σy². */
const SUMS = 2;

/**
 * The reference market's part of the correlation, computed once for all markets; by place of its
 * line.
 */
export class Reference {
  line: Float64Array = new Float64Array(0);
  /** The number of pairs in the last 60 minutes, n. */
  pairs: Float64Array = new Float64Array(0);
  /** Σy of these minutes. */
  sums: Float64Array = new Float64Array(0);
  /** n·Σy² − (Σy)²; NaN if all returns are the same, or with too few pairs. */
  spreads: Float64Array = new Float64Array(0);
  /** The sums of the previous block, from each of its places to its end; 0 behind it. */
  private readonly suffix = new Float64Array((WINDOW + 1) * SUMS);

  /** Makes room for lines of this many places. */
  resize(places: number): void {
    if (this.sums.length === places) return;
    this.pairs = new Float64Array(places).fill(WINDOW);
    this.sums = new Float64Array(places);
    this.spreads = new Float64Array(places);
  }

  /**
   * Takes a line whose pairs are known. Returns whether it has no missing minutes: otherwise
   * nothing of it must be used.
   */
  take(y: Float64Array, minute: number): boolean {
    this.line = y;
    const { suffix, pairs, sums, spreads } = this;
    for (let first = 0; first < y.length;) {
      const { slot, end, isPassed } = blockAt(first, minute, y.length);
      let sum = 0;
      let squares = 0;
      for (let place = first, rest = (slot + 1) * SUMS; place < end; place++, rest += SUMS) {
        const b = y[place]!;
        sum += b;
        squares += b * b;
        const n = pairs[place]!;
        const sy = sum + suffix[rest]!;
        const nyy = n * (squares + suffix[rest + 1]!);
        const yy = nyy - sy * sy;
        sums[place] = sy;
        spreads[place] = n >= MIN_PAIRS && yy > ALIKE * nyy ? yy : NaN;
      }
      if (Number.isNaN(sum)) return false;
      if (isPassed) this.sumUp(first, end);
      first = end;
    }
    return true;
  }

  /** The suffix sums of the block that ends before the place `end`. */
  private sumUp(first: number, end: number): void {
    const { suffix, line } = this;
    let sum = 0;
    let squares = 0;
    for (let place = end - 1, at = (WINDOW - 1) * SUMS; place >= first; place--, at -= SUMS) {
      const b = line[place]!;
      suffix[at] = sum += b;
      suffix[at + 1] = squares += b * b;
    }
  }
}
