import { Pairs } from './pairs.js';
import { ALIKE, blockAt, WINDOW } from './window.js';

/** Σy, Σy². */
const REFERENCE_SUMS = 2;
/** Σx, Σx², Σxy. */
const SUMS = 3;

/**
 * Pearson's correlation of markets with one, the reference, over the last 60 minutes, from their returns by minute, NaN where
 * there is none. Null with fewer than 30 pairs, or where one of the two did not move, or moved alike in each minute.
 *
 *     block      |a b c d|e f g h|     window of 4 at g: suffix of the block before (d) + prefix of this one (e f g)
 *
 * Blocks are aligned to the epoch, so a value depends on its window alone, to the last bit, and nothing is ever subtracted from
 * a sum that has seen something else. What the reference alone has to say is summed up once for all markets that lack no
 * minute; of those that do, pair by pair: the same additions in the same order.
 */
export class Correlation {
  private readonly pairs = new Pairs();
  /** The sums of the block before, from each of its places to its end; behind it 0. */
  private readonly suffix = new Float64Array((WINDOW + 1) * SUMS);
  private readonly suffixOfReference = new Float64Array((WINDOW + 1) * REFERENCE_SUMS);
  /** Of the reference, by place: Σy, and 60·Σy² − (Σy)², NaN where it moved alike in each minute. */
  private sums: Float64Array = new Float64Array(0);
  private spreads: Float64Array = new Float64Array(0);

  /**
   * Takes the lines of markets, one of them the reference's, whose first places are of the epoch minute `minute`, and writes a
   * value for each place from the 60th on: those of the line n from `out[n * (places − 59)]` on.
   */
  advance(lines: readonly Float64Array[], reference: number, minute: number, out: Float64Array): void {
    const y = lines[reference]!;
    const isWhole = this.sumReference(y, minute);
    for (const [n, x] of lines.entries()) {
      const at = n * (x.length - WINDOW + 1);
      if (isWhole && n === reference) this.writeOnes(out, at);
      else if (!isWhole || !this.advanceWhole(x, y, minute, out, at)) this.pairs.advance(x, y, minute, out, at);
    }
  }

  /** Says whether it lacks no minute: else the sums are not to be used. */
  private sumReference(y: Float64Array, minute: number): boolean {
    if (this.sums.length !== y.length) {
      this.sums = new Float64Array(y.length);
      this.spreads = new Float64Array(y.length);
    }
    const { suffixOfReference: suffix, sums, spreads } = this;
    for (let first = 0; first < y.length;) {
      const { slot, end } = blockAt(first, minute, y.length);
      let sum = 0;
      let squares = 0;
      for (let place = first, rest = (slot + 1) * REFERENCE_SUMS; place < end; place++, rest += REFERENCE_SUMS) {
        const b = y[place]!;
        sum += b;
        squares += b * b;
        const sy = sum + suffix[rest]!;
        const nyy = WINDOW * (squares + suffix[rest + 1]!);
        const yy = nyy - sy * sy;
        sums[place] = sy;
        spreads[place] = yy > ALIKE * nyy ? yy : NaN;
      }
      if (Number.isNaN(sum)) return false;
      sum = 0;
      squares = 0;
      for (let place = end - 1, at = (WINDOW - 1) * REFERENCE_SUMS; place >= first; place--, at -= REFERENCE_SUMS) {
        const b = y[place]!;
        suffix[at] = sum += b;
        suffix[at + 1] = squares += b * b;
      }
      first = end;
    }
    return true;
  }

  /** The reference's own values, which lacks no minute: what moves, moves as itself. */
  private writeOnes(out: Float64Array, at: number): void {
    const { spreads } = this;
    for (let place = WINDOW - 1; place < spreads.length; place++)
      out[at + place - WINDOW + 1] = Number.isNaN(spreads[place]!) ? NaN : 1;
  }

  /** Says whether the lines lack no minute: else the values are not to be used. */
  private advanceWhole(x: Float64Array, y: Float64Array, minute: number, out: Float64Array, at: number): boolean {
    const { suffix, sums, spreads } = this;
    for (let first = 0; first < x.length;) {
      const { slot, end, isWhole } = blockAt(first, minute, x.length);
      let sumX = 0;
      let sumXX = 0;
      let sumXY = 0;
      for (let place = first, rest = (slot + 1) * SUMS; place < end; place++, rest += SUMS) {
        const a = x[place]!;
        sumX += a;
        sumXX += a * a;
        sumXY += a * y[place]!;
        if (place < WINDOW - 1) continue;
        const sx = sumX + suffix[rest]!;
        const nxx = WINDOW * (sumXX + suffix[rest + 1]!);
        const xx = nxx - sx * sx;
        let value = NaN;
        if (xx > ALIKE * nxx) {
          value = (WINDOW * (sumXY + suffix[rest + 2]!) - sx * sums[place]!) / Math.sqrt(xx * spreads[place]!);
          if (value > 1) value = 1;
          else if (value < -1) value = -1;
        }
        out[at + place - WINDOW + 1] = value;
      }
      if (Number.isNaN(sumXY)) return false;
      if (isWhole) this.sumUp(x, y, first, end);
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
      sumX += a;
      sumXX += a * a;
      sumXY += a * y[place]!;
      suffix[at] = sumX;
      suffix[at + 1] = sumXX;
      suffix[at + 2] = sumXY;
    }
  }
}
