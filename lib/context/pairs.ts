import { ALIKE, blockAt, WINDOW } from './window.js';

/** Fewer pairs say nothing. */
const LEAST_PAIRS = 30;
/** Pairs, Σx, Σy, Σx², Σy², Σxy. */
const SUMS = 6;

/** The correlation of two lines of which each may lack minutes: of the minutes that both have. */
export class Pairs {
  /** The sums of the block before, from each of its places to its end. */
  private readonly suffix = new Float64Array((WINDOW + 1) * SUMS);

  /** As `Correlation.advance`. */
  advance(x: Float64Array, y: Float64Array, minute: number, out: Float64Array, at: number): void {
    this.suffix.fill(0);
    for (let first = 0; first < x.length;) {
      const { slot, end, isWhole } = blockAt(first, minute, x.length);
      this.walk(x, y, first, end, slot, out, at);
      if (isWhole) this.sumUp(x, y, first, end);
      first = end;
    }
  }

  /** The places `first` to `end` of one block. */
  private walk(
    x: Float64Array,
    y: Float64Array,
    first: number,
    end: number,
    slot: number,
    out: Float64Array,
    at: number,
  ): void {
    const { suffix } = this;
    let pairs = 0;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumYY = 0;
    let sumXY = 0;
    for (let place = first, rest = (slot + 1) * SUMS; place < end; place++, rest += SUMS) {
      const a = x[place]!;
      const b = y[place]!;
      const product = a * b;
      if (!Number.isNaN(product)) {
        pairs++;
        sumX += a;
        sumY += b;
        sumXX += a * a;
        sumYY += b * b;
        sumXY += product;
      }
      if (place < WINDOW - 1) continue;
      const n = pairs + suffix[rest]!;
      const sx = sumX + suffix[rest + 1]!;
      const sy = sumY + suffix[rest + 2]!;
      const nxx = n * (sumXX + suffix[rest + 3]!);
      const nyy = n * (sumYY + suffix[rest + 4]!);
      const xx = nxx - sx * sx;
      const yy = nyy - sy * sy;
      let value = NaN;
      if (n >= LEAST_PAIRS && xx > ALIKE * nxx && yy > ALIKE * nyy) {
        value = (n * (sumXY + suffix[rest + 5]!) - sx * sy) / Math.sqrt(xx * yy);
        if (value > 1) value = 1;
        else if (value < -1) value = -1;
      }
      out[at + place - WINDOW + 1] = value;
    }
  }

  /** The suffix sums of the block that ends before the place `end`. */
  private sumUp(x: Float64Array, y: Float64Array, first: number, end: number): void {
    const { suffix } = this;
    let pairs = 0;
    let sumX = 0;
    let sumY = 0;
    let sumXX = 0;
    let sumYY = 0;
    let sumXY = 0;
    for (let place = end - 1, at = (WINDOW - 1) * SUMS; place >= first; place--, at -= SUMS) {
      const a = x[place]!;
      const b = y[place]!;
      const product = a * b;
      if (!Number.isNaN(product)) {
        pairs++;
        sumX += a;
        sumY += b;
        sumXX += a * a;
        sumYY += b * b;
        sumXY += product;
      }
      suffix[at] = pairs;
      suffix[at + 1] = sumX;
      suffix[at + 2] = sumY;
      suffix[at + 3] = sumXX;
      suffix[at + 4] = sumYY;
      suffix[at + 5] = sumXY;
    }
  }
}
