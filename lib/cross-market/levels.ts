/** Below all levels, and above them: NaN, which is neither below a price nor above it. */
const [BOTTOM, TOP] = [0, 1];
const FIRST = 2;

/**
 * Price levels that come and go in the same order, linked by height, with a cursor between two of
 * them: each search or insertion is near the previous one, so a few steps lead there.
 */
export class Levels {
  /** By place: the level, its neighbours by height, and its time. */
  private readonly level: Float64Array;
  private readonly lower: Int16Array;
  private readonly higher: Int16Array;
  private readonly cameAt: Float64Array;
  /** The places are a ring: those in use start with the oldest. */
  private readonly most: number;
  private oldest = 0;
  private count = 0;
  /** The cursor. */
  private at: number = BOTTOM;

  /** `most`: maximum number of levels at once. */
  constructor(most: number) {
    this.most = most;
    this.level = new Float64Array(FIRST + most);
    this.lower = new Int16Array(FIRST + most);
    this.higher = new Int16Array(FIRST + most);
    this.cameAt = new Float64Array(FIRST + most);
    this.level[BOTTOM] = NaN;
    this.level[TOP] = NaN;
    this.clear();
  }

  clear(): void {
    this.count = 0;
    this.at = BOTTOM;
    this.higher[BOTTOM] = TOP;
    this.lower[TOP] = BOTTOM;
  }

  /** Time of the oldest level; NaN if there is none. */
  get oldestCameAt(): number {
    return this.count > 0 ? this.cameAt[FIRST + this.oldest]! : NaN;
  }

  add(level: number, cameAt: number): void {
    const place = FIRST + ((this.oldest + this.count++) % this.most);
    if (level > this.ceiling) this.rise(level);
    else if (level <= this.floor) this.fall(level);
    const below = this.at;
    const above = this.higher[below]!;
    this.level[place] = level;
    this.cameAt[place] = cameAt;
    this.lower[place] = below;
    this.higher[place] = above;
    this.higher[below] = place;
    this.lower[above] = place;
  }

  removeOldest(): void {
    const place = FIRST + this.oldest;
    const [below, above] = [this.lower[place]!, this.higher[place]!];
    this.higher[below] = above;
    this.lower[above] = below;
    if (this.at === place) this.at = below;
    this.oldest = (this.oldest + 1) % this.most;
    this.count--;
  }

  /** The level at the cursor; NaN below all levels. */
  get floor(): number {
    return this.level[this.at]!;
  }

  /** The level above it; NaN if there is none. */
  get ceiling(): number {
    return this.level[this.higher[this.at]!]!;
  }

  /** Moves to the highest level below a price that is above the ceiling. */
  rise(price: number): number {
    const { level, higher } = this;
    let at = higher[this.at]!;
    for (let above = higher[at]!; level[above]! < price; above = higher[at]!) at = above;
    this.at = at;
    return level[at]!;
  }

  /** Moves to the highest level below a price that is not above the floor. */
  fall(price: number): number {
    const { level, lower } = this;
    let at = lower[this.at]!;
    while (level[at]! >= price) at = lower[at]!;
    this.at = at;
    return level[at]!;
  }
}
