/** Below this share of the mean a deviation is rounding, not variation. */
const NOISE = 1e-9;

/** Running count, mean and deviation (Welford 1962). */
export class Moments {
  count = 0;
  mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const before = value - this.mean;
    this.mean += before / this.count;
    this.squares += before * (value - this.mean);
  }

  /** Sample standard deviation (n − 1); 0 if values differ by rounding only, NaN under two. */
  get deviation(): number {
    if (this.count < 2) return NaN;
    const deviation = Math.sqrt(this.squares / (this.count - 1));
    return deviation <= NOISE * Math.abs(this.mean) ? 0 : deviation;
  }
}
