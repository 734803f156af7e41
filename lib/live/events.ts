import type { Candles } from '../series/candles.js';
import type { Tape } from '../tape.js';
import type { EpochMs } from '../units.js';

/** Candles of one lane, ascending, as they are to be stored: suspect ones with their own values. */
export interface LaneRows {
  readonly market: number;
  readonly candles: Candles;
}

/** New closed candles. Each minute of a market comes once, and a market's minutes come in order. */
export interface TapeEvent {
  readonly kind: 'tape';
  /**
   * Suspect cells are flat at the previous close. A cell is absent where this tape has nothing to say of it: the minute came
   * earlier, is still waited for, or is a gap, of which a `gap` event tells before the candle after it comes.
   */
  readonly tape: Tape;
  /**
   * Whether all its minutes have been in a tape before, which lacked these markets. Of the tapes that are not late no two
   * share a minute, and they ascend.
   */
  readonly late: boolean;
  /** When the last of the answers about candles came that it is made of; absent where it is made of none. */
  readonly answeredAt?: EpochMs;
  /** What of it is not stored yet, by where it comes from. */
  readonly rows: readonly (LaneRows & { readonly source: 'ohlc' | 'trades' })[];
}

export type CandleEvent =
  | TapeEvent
  /** The settled values of minutes that came before with others, or were reported as gaps. They are on no tape again. */
  | ({ readonly kind: 'revised'; readonly source: 'ohlc' | 'trades' } & LaneRows)
  /** Minutes from ≤ t < to of a market, all of them stored, which the exchange served again unchanged an hour or more after their close. */
  | { readonly kind: 'confirmed'; readonly market: number; readonly from: EpochMs; readonly to: EpochMs }
  /** Minutes from ≤ t < to of a market that nobody could give: its series starts anew. */
  | { readonly kind: 'gap'; readonly market: number; readonly from: EpochMs; readonly to: EpochMs }
  /** An answer failed, or a row of it was bad: told once for each market, minute and reason. */
  | { readonly kind: 'trouble'; readonly market: number; readonly reason: string; readonly at: EpochMs | null };

/**
 * Recovery is over: what follows is live. `behind` are the markets that have not given all their minutes up to now: if any,
 * the event comes once more, with none, when the last one has.
 */
export interface Recovered {
  readonly kind: 'recovered';
  readonly behind: readonly number[];
}

/** What the live candles of the followed markets bring. */
export type LiveEvent = CandleEvent | Recovered;
