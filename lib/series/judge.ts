import type { Price, Ratio } from '../units.js';

/** What a judge remembers of the traded candles so far. */
export interface Judged {
  /** The last close that was not suspect; NaN before the first. */
  readonly good: Price;
  /** The close of the last traded candle if it is suspect, else NaN. */
  readonly pending: Price;
}

/** Of a market of which nothing is known. */
export const NOTHING_JUDGED: Judged = { good: Number.NaN, pending: Number.NaN };

/** Judges the traded candles of one market, ascending; quiet ones are never shown to it. */
export interface Judge extends Judged {
  /** Takes the close of the next traded candle and says whether it is suspect. */
  isSuspect(close: Price): boolean;
}

/**
 * The rule of suspect candles (semantics §1). A close more than `maxJump` of the last good close away from it is suspect. If
 * the next traded candle's close is within `maxJump` of the suspect close, the jump was real and the series goes on from
 * there: the first candle of the jump stays suspect, the second is good. The first candle of all is good.
 *
 *     maxJump 0.5   close  100 101 200 101      100 101 200 204 203      100 101 200 900 880
 *                   suspect         *                    *                        *   *
 */
export const judgeFrom = (seed: Judged, maxJump: Ratio): Judge => {
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
