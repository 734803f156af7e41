import type { Candles } from './candles.js';
import type { Tape } from '../tape.js';
import type { EpochMs } from '../units.js';

/** Candles of one lane to be stored, ascending; suspect ones with their own values. */
export interface LaneRows {
  readonly market: number;
  readonly candles: Candles;
}

/** New closed candles. Each minute of a market comes once, and a market's minutes come in order. */
export interface TapeEvent {
  readonly kind: 'tape';
  /**
   * Suspect cells are flat at the previous close. A cell is absent if its minute is not part of
   * this tape: it came earlier, is still awaited, or is a gap, which a `gap` event reports before
   * the candle after it.
   */
  readonly tape: Tape;
  /**
   * Whether all its minutes were part of an earlier tape without these markets. Tapes that are not
   * late ascend and share no minute.
   */
  readonly late: boolean;
  /** When the last of its candle answers arrived; missing if it has none. */
  readonly answeredAt?: EpochMs;
  /** The rows that are not stored yet, with their source. */
  readonly rows: readonly (LaneRows & { readonly source: 'ohlc' | 'trades' })[];
}

/** An event of the candles of the tracked markets. */
export type CandleEvent =
  | TapeEvent
  /**
   * The settled values of minutes that came earlier with others, or were reported as gaps. They are
   * part of no further tape.
   */
  | ({ readonly kind: 'revised'; readonly source: 'ohlc' | 'trades' } & LaneRows)
  /**
   * Stored minutes from ≤ t < to of a market that the exchange served again, unchanged, at least an
   * hour after their close.
   */
  | { readonly kind: 'confirmed'; readonly market: number; readonly from: EpochMs; readonly to: EpochMs }
  /** Minutes from ≤ t < to of a market that no source has: its series starts again after them. */
  | { readonly kind: 'gap'; readonly market: number; readonly from: EpochMs; readonly to: EpochMs }
  /** A request failed, or a row was bad: reported once per market, minute and reason. */
  | { readonly kind: 'trouble'; readonly market: number; readonly reason: string; readonly at: EpochMs | null };

/**
 * Recovery is complete: all later events are live. `behind` are the markets whose minutes up to now
 * have not all come: if any, the event comes once more, with none, when the last of them has caught
 * up.
 */
export interface Recovered {
  readonly kind: 'recovered';
  readonly behind: readonly number[];
}

/** The events of the followed markets' candles. */
export type LiveEvent = CandleEvent | Recovered;
