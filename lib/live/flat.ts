import type { Candles } from '../series/candles.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Price } from '../units.js';

/**
 * Puts one lane's rows on tapes. A suspect one is flat at the previous close; where there is none since the last gap it is
 * absent, as are the quiet ones after it.
 */
export class FlatLane {
  private close: Price;
  private next: EpochMs;
  /** A suspect row came before any good one: the quiet ones after it are flat at a close from before the gap. */
  private unfounded = false;

  /** `next` is the minute after the last known one, whose close is given; both NaN where nothing is known. */
  constructor(next: EpochMs, close: Price) {
    this.next = next;
    this.close = close;
  }

  /** Row `i`, later than every row before, on the tape that has its minute. */
  put(rows: Candles, i: number, tape: Tape, market: number): void {
    const at = rows.at[i]!;
    if (at !== this.next) {
      this.close = Number.NaN;
      this.unfounded = false;
    }
    this.next = at + MINUTE_MS;
    const cell = market * tape.minutes + (at - tape.start) / MINUTE_MS;
    if (rows.suspect[i] || (rows.quiet[i] && this.unfounded)) {
      this.unfounded ||= Number.isNaN(this.close);
      if (this.unfounded) return;
      tape.cell[cell] = rows.suspect[i] ? Cell.suspect : Cell.quiet;
      for (const name of ['open', 'high', 'low', 'close'] as const) tape[name][cell] = this.close;
      return;
    }
    tape.cell[cell] = rows.quiet[i] ? Cell.quiet : Cell.traded;
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const) tape[name][cell] = rows[name][i]!;
    this.close = rows.close[i]!;
    if (!rows.quiet[i]) this.unfounded = false;
  }
}
