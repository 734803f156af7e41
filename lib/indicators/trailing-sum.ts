/**
 * The sum of the last `window` minutes of a series without gaps, the current one included; of all
 * minutes of a younger one.
 *
 *     block      |a b c d|e f g h|     window of 4 at g: suffix of the block before (d) + prefix of this one (e f g)
 *
 * Blocks are aligned to the epoch, so the sum depends on the window's values only, to the last bit:
 * neither on where the series began nor on what left the window long ago. O(1) a minute; nothing is
 * ever subtracted.
 */
export class TrailingSum {
  private readonly window: number;
  /** The values of the current block. */
  private readonly values: Float64Array;
  /** `suffix[i]` sums the previous block from its place `i` to its end. */
  private readonly suffix: Float64Array;
  private block = -Infinity;
  private prefix = 0;

  /** `window` in minutes, at least 1. */
  constructor(window: number) {
    this.window = window;
    this.values = new Float64Array(window);
    this.suffix = new Float64Array(window + 1);
  }

  /** Forgets the series. */
  reset(): void {
    this.block = -Infinity;
  }

  /**
   * Takes `values[from]` to `values[to - 1]`, the first of them at epoch minute `minute`, which
   * follows the last one seen, and writes the sum of the window that ends at each to the same place
   * of `out`, which may be `values` itself.
   */
  advance(minute: number, values: Float64Array, from: number, to: number, out: Float64Array): void {
    const [window, kept, suffix] = [this.window, this.values, this.suffix];
    for (let i = from; i < to;) {
      this.moveTo(minute + i - from);
      let place = minute + i - from - this.block;
      const end = Math.min(to, i + window - place);
      let prefix = this.prefix;
      for (; i < end; i++) {
        const value = values[i]!;
        kept[place++] = value;
        prefix += value;
        out[i] = prefix + suffix[place]!;
      }
      this.prefix = prefix;
    }
  }

  private moveTo(minute: number): void {
    const window = this.window;
    if (minute >= this.block && minute < this.block + window) return;
    const [values, suffix] = [this.values, this.suffix];
    const block = Math.floor(minute / window) * window;
    if (block === this.block + window) {
      let sum = 0;
      for (let place = window - 1; place >= 0; place--) suffix[place] = sum += values[place]!;
    } else {
      suffix.fill(0);
      values.fill(0);
    }
    this.prefix = 0;
    this.block = block;
  }
}
