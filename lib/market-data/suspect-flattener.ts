import type { Candles } from './candles.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Price } from '../units.js';

/**
 * Writes one lane's rows to tapes. A suspect row is flat at the previous close; without a close
 * since the last gap it is absent, as are the quiet rows after it.
 */
export class SuspectFlattener {
  private close: Price;
  private next: EpochMs;
  /**
   * A suspect row came before any good one: the quiet rows after it would be flat at a close from
   * before the gap.
   */
  private unfounded = false;

  /**
   * `next` is the minute after the last known one, whose close is given; both NaN if there is none.
   */
  constructor(next: EpochMs, close: Price) {
    this.next = next;
    this.close = close;
  }

  /** Writes row `i`, later than all before, to the tape that contains its minute. */
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
