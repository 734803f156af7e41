/** A power of two, so that a minute finds its place by its last bits. */
const KEPT = 256;

/**
 * One value a minute of one market, of its last minutes, NaN where there is none. A market's minutes come in order, but those
 * of another market may come later than its own: so each is found by its minute, for some hours.
 */
export class Recent {
  private readonly values = new Float64Array(KEPT).fill(NaN);
  /** The last minute taken. */
  private reached = -Infinity;

  /** Takes `values[from]` to `values[to - 1]`, the first of them of the epoch minute `minute`, which follows all taken so far. */
  take(values: Float64Array, from: number, to: number, minute: number): void {
    const kept = this.values;
    if (minute - this.reached > KEPT) kept.fill(NaN);
    else for (let gap = this.reached + 1; gap < minute; gap++) kept[gap % KEPT] = NaN;
    for (let i = Math.max(from, to - KEPT); i < to; i++) kept[(minute + i - from) % KEPT] = values[i]!;
    this.reached = minute + to - from - 1;
  }

  /** Writes what there is of `count` minutes from the epoch minute `minute` on to the places from `at` on. */
  read(out: Float64Array, at: number, minute: number, count: number): void {
    const end = Math.min(minute + count, this.reached + 1);
    for (let each = Math.max(minute, this.reached - KEPT + 1); each < end; each++)
      out[at + each - minute] = this.values[each % KEPT]!;
  }
}
