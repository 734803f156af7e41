import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type Ratio } from '../units.js';

const MINUTES = 60;
/** Fewer pairs say nothing (semantics §2). */
const LEAST_PAIRS = 30;

/** The 1-minute log returns of the last hour of each market, by lane, taken from live tapes. */
export class RecentReturns {
  /** Close and minute of each market's last candle. */
  private readonly close: Float64Array;
  private readonly minute: Float64Array;
  /** By lane: a ring of an hour, by minute of the hour, with the minute that each return is of. */
  private readonly returns: readonly Float64Array[];
  private readonly minutes: readonly Float64Array[];

  constructor(markets: number) {
    this.close = new Float64Array(markets).fill(NaN);
    this.minute = new Float64Array(markets).fill(NaN);
    const rings = () => Array.from({ length: markets }, () => new Float64Array(MINUTES).fill(NaN));
    [this.returns, this.minutes] = [rings(), rings()];
  }

  take({ start, minutes, markets, cell, close }: Tape): void {
    const first = start / MINUTE_MS;
    for (let market = 0; market < markets; market++)
      for (let row = Math.max(0, minutes - 2 * MINUTES); row < minutes; row++) {
        const at = market * minutes + row;
        if (cell[at] === Cell.absent) continue;
        const minute = first + row;
        if (this.minute[market] === minute - 1) {
          this.returns[market]![minute % MINUTES] = Math.log(close[at]! / this.close[market]!);
          this.minutes[market]![minute % MINUTES] = minute;
        }
        [this.close[market], this.minute[market]] = [close[at]!, minute];
      }
  }

  /**
   * Pearson correlation of a market's returns with another's over the hour that ends with its last candle; null where fewer
   * than 30 minutes have both, or where one of them did not move.
   */
  correlation(market: number, other: number): Ratio | null {
    const last = this.minute[market]!;
    let [n, sumX, sumY] = [0, 0, 0];
    const pairs: (readonly [number, number])[] = [];
    for (let slot = 0; slot < MINUTES; slot++) {
      const minute = this.minutes[market]![slot]!;
      if (!(minute > last - MINUTES) || this.minutes[other]![slot] !== minute) continue;
      const pair = [this.returns[market]![slot]!, this.returns[other]![slot]!] as const;
      pairs.push(pair);
      n++;
      sumX += pair[0];
      sumY += pair[1];
    }
    if (n < LEAST_PAIRS) return null;
    let [xx, yy, xy] = [0, 0, 0];
    for (const [x, y] of pairs) {
      xx += (x - sumX / n) ** 2;
      yy += (y - sumY / n) ** 2;
      xy += (x - sumX / n) * (y - sumY / n);
    }
    const value = xy / Math.sqrt(xx * yy);
    return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : null;
  }
}
