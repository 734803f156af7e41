import type { Kernel, PriceBars } from '../indicators/kernel.js';
import { Levels } from './levels.js';

/** Candles on each side of a swing, whose extreme it is. */
const SIDE = 5;
/** A bit for each of them, and that of the oldest. */
const [ALL, SETTLED] = [31, 16];
/** Swings are searched among this many candles. */
const WINDOW = 720;
/** No two swings of a kind are closer to each other than six candles. */
const MOST = WINDOW / (SIDE + 1) + 1;

/**
 * The nearest swing low below the close (support), or swing high above it (resistance). A swing low
 * is lower than the lows of the 5 candles before and not higher than those of the 5 after: of equal
 * ones the first. It counts once these 5 have closed, while it is among the last 720 candles of the
 * series. Highs are handled upside down, so that there is only one case.
 */
export class SwingLevel implements Kernel<PriceBars> {
  private readonly column: 'low' | 'high';
  private readonly sign: 1 | -1;
  /** Candles of the series so far. */
  private length = 0;
  /**
   * The extremes of the last five, the newest first; before the series' first, values that none
   * exceeds.
   */
  private readonly last = new Float64Array(SIDE);
  /**
   * Bit n − 1: the candle n before the next one was lower than the 5 before it, and none has been
   * lower since.
   */
  private pending = 0;
  /** The swings of the window, by their candles' numbers in the series. */
  private readonly swings = new Levels(MOST);

  constructor(side: 'support' | 'resistance') {
    this.column = side === 'support' ? 'low' : 'high';
    this.sign = side === 'support' ? 1 : -1;
    this.reset();
  }

  reset(): void {
    this.length = 0;
    this.last.fill(-this.sign * Infinity);
    this.pending = 0;
    this.swings.clear();
  }

  advance(bars: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const { sign, swings, last } = this;
    const extremes = bars[this.column];
    const { close } = bars;
    const nearest = out[at]!;
    let { length, pending } = this;
    let x1 = sign * last[0]!;
    let x2 = sign * last[1]!;
    let x3 = sign * last[2]!;
    let x4 = sign * last[3]!;
    let x5 = sign * last[4]!;
    let expires = swings.oldestCameAt + WINDOW;
    // the levels on both sides of the last close: while the next close stays between them, no
    // search is needed
    let { floor, ceiling } = swings;
    for (let i = from; i < to; i++, length++) {
      const x = sign * extremes[i]!;
      // in bits, since an unpredictable branch costs more
      const lower =
        Number(x < x1) | (Number(x < x2) << 1) | (Number(x < x3) << 2) | (Number(x < x4) << 3) | (Number(x < x5) << 4);
      const left = pending & ~lower;
      if (length === expires) {
        swings.removeOldest();
        expires = swings.oldestCameAt + WINDOW;
        ({ floor, ceiling } = swings);
      }
      if (left & SETTLED) {
        swings.add(x5, length - SIDE);
        expires = swings.oldestCameAt + WINDOW;
        ({ floor, ceiling } = swings);
      }
      pending = ((left << 1) | Number(lower === ALL)) & ALL;
      x5 = x4;
      x4 = x3;
      x3 = x2;
      x2 = x1;
      x1 = x;
      const price = sign * close[i]!;
      if (price > ceiling) {
        floor = swings.rise(price);
        ceiling = swings.ceiling;
      } else if (price <= floor) {
        floor = swings.fall(price);
        ceiling = swings.ceiling;
      }
      nearest[i] = sign * floor;
    }
    this.length = length;
    this.pending = pending;
    last.set([sign * x1, sign * x2, sign * x3, sign * x4, sign * x5]);
  }
}
