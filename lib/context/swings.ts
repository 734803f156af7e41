import type { Kernel, PriceBars } from '../indicators/kernel.js';
import { Levels } from './levels.js';

/** Candles on each side of which a swing is the extreme. */
const SIDE = 5;
/** Swings are looked for among so many candles. */
const WINDOW = 720;
/** No two swings of a kind are nearer to one another than six candles. */
const MOST = WINDOW / (SIDE + 1) + 1;

/**
 * The nearest swing low below the close (support), or swing high above it (resistance). A swing low is lower than the lows of
 * the 5 candles before and not higher than those of the 5 after: of equal ones the first. It counts once these 5 have closed,
 * while it is among the last 720 candles of the series. Highs are looked at upside down, so that there is but one case.
 */
export class SwingLevel implements Kernel<PriceBars> {
  private readonly column: 'low' | 'high';
  private readonly sign: 1 | -1;
  /** Candles of the series so far. */
  private length = 0;
  /** The extremes of the last five, the newest first. */
  private readonly last = new Float64Array(SIDE);
  /** The last candle that was lower than the 5 before it, and how many have come since that were not lower; 5: it is settled. */
  private lowest = NaN;
  private since = SIDE;
  /** The swings of the window, by their candles' numbers in the series. */
  private readonly swings = new Levels(MOST);

  constructor(side: 'support' | 'resistance') {
    this.column = side === 'support' ? 'low' : 'high';
    this.sign = side === 'support' ? 1 : -1;
  }

  reset(): void {
    this.length = 0;
    this.since = SIDE;
    this.swings.clear();
  }

  advance(bars: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const { sign, swings } = this;
    const extremes = bars[this.column];
    const { close } = bars;
    const nearest = out[at]!;
    let { length, lowest, since } = this;
    let before = this.last[0]!;
    let expires = swings.oldestCameAt + WINDOW;
    // the levels on both sides of the last close: while the next stays between them, there is nothing to look for
    let floor = Infinity;
    let ceiling = -Infinity;
    let value = NaN;
    for (let i = from; i < to; i++, length++) {
      const extreme = sign * extremes[i]!;
      if (length === expires) {
        swings.removeOldest();
        expires = swings.oldestCameAt + WINDOW;
        floor = Infinity;
      }
      if (since < SIDE) {
        if (extreme < lowest) {
          lowest = extreme;
          since = 0;
        } else if (++since === SIDE) {
          swings.add(lowest, length - SIDE);
          expires = swings.oldestCameAt + WINDOW;
          floor = Infinity;
        }
      } else if (extreme < before && length >= SIDE && this.isLower(extreme, extremes, i, from)) {
        lowest = extreme;
        since = 0;
      }
      before = extreme;
      const price = sign * close[i]!;
      if (price <= floor || price > ceiling) {
        floor = swings.below(price);
        ceiling = swings.next;
        value = floor === -Infinity ? NaN : sign * floor;
      }
      nearest[i] = value;
    }
    this.length = length;
    this.lowest = lowest;
    this.since = since;
    this.remember(extremes, from, to);
  }

  /** Whether the candle `i` of a stretch that begins at `from` is lower than the five before it. */
  private isLower(extreme: number, extremes: Float64Array, i: number, from: number): boolean {
    for (let n = 1; n <= SIDE; n++) {
      const other = i - n >= from ? this.sign * extremes[i - n]! : this.last[from - i + n - 1]!;
      if (other <= extreme) return false;
    }
    return true;
  }

  private remember(extremes: Float64Array, from: number, to: number): void {
    const kept = Math.min(SIDE, to - from);
    this.last.copyWithin(kept, 0);
    for (let n = 0; n < kept; n++) this.last[n] = this.sign * extremes[to - 1 - n]!;
  }
}
