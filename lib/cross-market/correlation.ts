import { Reference } from './reference.js';
import { ALIKE, blockAt, WINDOW } from './window.js';

/** Σx, Σx², Σxy. */
const SUMS = 3;

/**
 * Pearson's correlation of markets with one, the reference, over the last 60 minutes, from their
 * returns by minute, NaN where there is none. Null with fewer than 30 pairs, or if one of the two
 * did not move, or had the same return in each minute.
 *
 *     block      |a b c d|e f g h|     window of 4 at g: suffix of the block before (d) + prefix of this one (e f g)
 *
 * Blocks are aligned to the epoch, so a value depends on its window alone, to the last bit, and
 * nothing is ever subtracted from a sum over other data. The sums of the reference alone are
 * computed once for all markets without missing minutes. For a market with missing minutes, both
 * lines are 0 where one of them has no return: adding 0 changes no sum.
 */
export class Correlation {
  private readonly whole = new Reference();
  private readonly masked = new Reference();
  private maskedX: Float64Array = new Float64Array(0);
  private maskedY: Float64Array = new Float64Array(0);
  /** The sums of the previous block, from each of its places to its end; 0 behind it. */
  private readonly suffix = new Float64Array((WINDOW + 1) * SUMS);

  /**
   * Takes the lines of markets, one of them the reference's, whose first places are of the epoch
   * minute `minute`, and writes a value for each place from the 60th on: those of line n from
   * `out[n * (places − 59)]` on.
   */
  advance(lines: readonly Float64Array[], reference: number, minute: number, out: Float64Array): void {
    const y = lines[reference]!;
    this.resize(y.length);
    const isWhole = this.whole.take(y, minute);
    for (const [n, x] of lines.entries()) {
      const at = n * (x.length - WINDOW + 1);
      if (isWhole && n === reference) this.writeOnes(out, at);
      else if (!isWhole || !this.walk(x, this.whole, minute, out, at)) {
        this.mask(x, y);
        this.masked.take(this.maskedY, minute);
        this.walk(this.maskedX, this.masked, minute, out, at);
      }
    }
  }

  private resize(places: number): void {
    if (this.maskedX.length === places) return;
    this.maskedX = new Float64Array(places);
    this.maskedY = new Float64Array(places);
    this.whole.resize(places);
    this.masked.resize(places);
  }

  /**
   * Two lines that may each have missing minutes: the values where both have one, else 0; and the
   * number of pairs.
   */
  private mask(x: Float64Array, y: Float64Array): void {
    const { maskedX, maskedY } = this;
    const { pairs } = this.masked;
    const isPair = (place: number) => place >= 0 && !Number.isNaN(x[place]! * y[place]!);
    let n = 0;
    for (let place = 0; place < x.length; place++) {
      const isOne = isPair(place);
      maskedX[place] = isOne ? x[place]! : 0;
      maskedY[place] = isOne ? y[place]! : 0;
      n += Number(isOne) - Number(isPair(place - WINDOW));
      pairs[place] = n;
    }
  }

  /**
   * The reference's own values, for one without missing minutes: wherever it moves, the correlation
   * is 1.
   */
  private writeOnes(out: Float64Array, at: number): void {
    const { spreads } = this.whole;
    for (let place = WINDOW - 1; place < spreads.length; place++)
      out[at + place - WINDOW + 1] = Number.isNaN(spreads[place]!) ? NaN : 1;
  }

  /** Returns whether the lines have no missing minutes: otherwise the values must not be used. */
  private walk(x: Float64Array, reference: Reference, minute: number, out: Float64Array, at: number): boolean {
    const { line: y, pairs, sums, spreads } = reference;
    const { suffix } = this;
    for (let first = 0; first < x.length;) {
      const { slot, end, isPassed } = blockAt(first, minute, x.length);
      let sumX = 0;
      let sumXX = 0;
      let sumXY = 0;
      for (let place = first, rest = (slot + 1) * SUMS; place < end; place++, rest += SUMS) {
        const a = x[place]!;
        sumX += a;
        sumXX += a * a;
        sumXY += a * y[place]!;
        if (place < WINDOW - 1) continue;
        const n = pairs[place]!;
        const sx = sumX + suffix[rest]!;
        const nxx = n * (sumXX + suffix[rest + 1]!);
        const xx = nxx - sx * sx;
        let value = NaN;
        if (xx > ALIKE * nxx) {
          value = (n * (sumXY + suffix[rest + 2]!) - sx * sums[place]!) / Math.sqrt(xx * spreads[place]!);
          if (value > 1) value = 1;
          else if (value < -1) value = -1;
        }
        out[at + place - WINDOW + 1] = value;
      }
      if (Number.isNaN(sumXY)) return false;
      if (isPassed) this.sumUp(x, y, first, end);
      first = end;
    }
    return true;
  }

  /** The suffix sums of the block that ends before the place `end`. */
  private sumUp(x: Float64Array, y: Float64Array, first: number, end: number): void {
    const { suffix } = this;
    let sumX = 0;
    let sumXX = 0;
    let sumXY = 0;
    for (let place = end - 1, at = (WINDOW - 1) * SUMS; place >= first; place--, at -= SUMS) {
      const a = x[place]!;
      suffix[at] = sumX += a;
      suffix[at + 1] = sumXX += a * a;
      suffix[at + 2] = sumXY += a * y[place]!;
    }
  }
}
