import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs } from '../units.js';

/** Minutes of a period, over all markets, by kind. */
export interface CellCounts {
  readonly minutes: number;
  /** Gaps, and minutes before a market's first candle. */
  readonly missing: number;
  readonly quiet: number;
  readonly suspect: number;
}

/** Counts the cells of tapes by kind, independent of decisions. */
export class CellTally {
  private readonly from: EpochMs;
  private readonly to: EpochMs;
  private readonly kinds = new Float64Array(4);
  private readonly before: Float64Array;

  /** Counts the first `markets` lanes. */
  constructor(markets: number, from: EpochMs, to: EpochMs) {
    this.before = new Float64Array(markets);
    this.from = from;
    this.to = to;
  }

  /** Adds the next tape. */
  add({ start, minutes, cell }: Tape): void {
    const first = Math.min(minutes, Math.max(0, (this.from - start) / MINUTE_MS));
    const end = Math.min(minutes, Math.max(0, (this.to - start) / MINUTE_MS));
    const { kinds, before } = this;
    for (let market = 0; market < before.length; market++) {
      const lane = market * minutes;
      for (let at = lane; at < lane + first; at++) if (cell[at] !== Cell.absent) before[market]!++;
      for (let at = lane + first; at < lane + end; at++) kinds[cell[at]!]!++;
    }
  }

  counts(): CellCounts {
    const [missing = 0, traded = 0, quiet = 0, suspect = 0] = this.kinds;
    return { minutes: missing + traded + quiet + suspect, missing, quiet, suspect };
  }

  /** Known minutes before the period, by lane. */
  knownBefore(): readonly number[] {
    return [...this.before];
  }
}
