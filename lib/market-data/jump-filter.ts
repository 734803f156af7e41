import type { Price, Ratio } from '../units.js';

/** State of a jump filter after the traded candles so far. */
export interface Judged {
  /** The last close that was not suspect; NaN before the first. */
  readonly good: Price;
  /** The close of the last traded candle if it is suspect, else NaN. */
  readonly pending: Price;
}

/** State of a market without history. */
export const NOTHING_JUDGED: Judged = { good: Number.NaN, pending: Number.NaN };

/** Filters the traded candles of one market, ascending; quiet ones are not passed to it. */
export interface JumpFilter extends Judged {
  /** Takes the close of the next traded candle and returns whether it is suspect. */
  isSuspect(close: Price): boolean;
}

/**
 * The rule of suspect candles (semantics §1). A close more than `maxJump` away from the last good
 * close is suspect. If the next traded candle's close is within `maxJump` of the suspect close, the
 * jump was real and the series continues from there: the first candle of the jump stays suspect,
 * the second is good. The very first candle is good.
 *
 *     maxJump 0.5   close  100 101 200 101      100 101 200 204 203      100 101 200 900 880
 *                   suspect         *                    *                        *   *
 */
export const jumpFilter = (seed: Judged, maxJump: Ratio): JumpFilter => {
  const judge = {
    good: seed.good,
    pending: seed.pending,
    isSuspect: (close: Price): boolean => {
      const confirmed = Math.abs(close - judge.pending) <= maxJump * judge.pending;
      const suspect = !confirmed && Math.abs(close - judge.good) > maxJump * judge.good;
      if (suspect) judge.pending = close;
      else {
        judge.good = close;
        judge.pending = Number.NaN;
      }
      return suspect;
    },
  };
  return judge;
};
