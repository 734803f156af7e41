/**
 * More than the minutes that an exchange serves at once (`candlesBack`), by which a market may lag
 * behind the others.
 */
const KEPT = 1024;

/**
 * One value per minute of one market, for its last minutes, NaN where there is none. A market's
 * minutes arrive in order, but those of another market may arrive later: so each is found by its
 * minute.
 */
export class Recent {
  private readonly values = new Float64Array(KEPT).fill(NaN);
  /** The last minute taken. */
  private reached = -Infinity;

  /**
   * Takes `values[from]` to `values[to - 1]`, the first of them of the epoch minute `minute`, which
   * follows all minutes so far.
   */
  take(values: Float64Array, from: number, to: number, minute: number): void {
    const kept = this.values;
    if (minute - this.reached > KEPT) kept.fill(NaN);
    else for (let gap = this.reached + 1; gap < minute; gap++) kept[gap % KEPT] = NaN;
    this.reached = minute + to - from - 1;
    const first = Math.max(from, to - KEPT);
    const place = (minute + first - from) % KEPT;
    const turn = Math.min(to, first + KEPT - place);
    kept.set(values.subarray(first, turn), place);
    kept.set(values.subarray(turn, to), 0);
  }

  /**
   * Writes the values of `count` minutes from the epoch minute `minute` on to the places from `at`
   * on.
   */
  read(out: Float64Array, at: number, minute: number, count: number): void {
    const end = Math.min(minute + count, this.reached + 1);
    for (let each = Math.max(minute, this.reached - KEPT + 1); each < end; each++)
      out[at + each - minute] = this.values[each % KEPT]!;
  }
}
