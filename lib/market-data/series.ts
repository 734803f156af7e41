import { MINUTE_MS, type EpochMs, type Price, type Ratio } from '../units.js';
import type { CandleColumns, Candles } from './candles.js';
import { NO_DAMAGE, type Damage } from './damage.js';
import { jumpFilter, NOTHING_JUDGED, type Judged } from './jump-filter.js';

/** When a missing stretch is quiet, and when a close is suspect. */
export interface SeriesRules {
  /** A longer missing stretch is a gap. */
  readonly maxQuietMinutes: number;
  readonly maxJump: Ratio;
}

/** State from which a series continues. */
export interface SeriesState extends Judged {
  /** The last known minute. */
  readonly at: EpochMs;
  /** The last close that is not suspect: the price of a quiet minute right behind `at`. */
  readonly close: Price;
}

/** A market without any candle. */
export const EMPTY_SERIES: SeriesState = { ...NOTHING_JUDGED, at: Number.NaN, close: Number.NaN };

/** A series under construction. */
export interface Series {
  /**
   * Takes row `i` of `rows`, later than all before, and pushes the missing quiet minutes and then
   * the row.
   */
  add(rows: Candles, i: number): void;
  /** Quiet minutes so far, including those in the rows. */
  readonly quiet: number;
  /** Missing stretches that were too long to be quiet, or damaged. */
  readonly gaps: number;
  readonly suspects: number;
}

/**
 * Builds the series of one market from its known rows (semantics §1), pushing onto `out`: a missing
 * stretch of up to `maxQuietMinutes` becomes quiet minutes, flat at the previous close, with volume
 * 0, no vwap and no number of trades, up to the first damaged one; a longer one stays missing;
 * suspect candles are flagged. A quiet row keeps its number of trades (0: reported; unknown:
 * inferred here) and becomes flat at the previous close, or stays at its own price behind a gap and
 * at the start. The result is a function of the known rows and of the damaged minutes, in whatever
 * portions they came.
 */
export const seriesFrom = (
  seed: SeriesState,
  rules: SeriesRules,
  out: CandleColumns,
  damage: Damage = NO_DAMAGE,
): Series => {
  const judge = jumpFilter(seed, rules.maxJump);
  let { at: previous, close: flat } = seed;
  const pushQuiet = (at: EpochMs, price: Price, trades: number) => {
    const row = out.push(at, price, price, price, price, 0, trades);
    out.quiet[row] = 1; // only now: a push may have replaced the column
    series.quiet++;
  };
  /** Fills the quiet minutes before a row. False if a gap remains. */
  const fill = (at: EpochMs): boolean => {
    if (!(at - previous > MINUTE_MS)) return true;
    const isQuiet = (at - previous) / MINUTE_MS - 1 <= rules.maxQuietMinutes;
    const end = isQuiet ? Math.min(at, damage.firstBetween(previous, at)) : previous;
    for (let minute = previous + MINUTE_MS; minute < end; minute += MINUTE_MS) pushQuiet(minute, flat, Number.NaN);
    if (end === at) return true;
    series.gaps++;
    return false;
  };
  const series = {
    quiet: 0,
    gaps: 0,
    suspects: 0,
    add: (rows: Candles, i: number) => {
      const at = rows.at[i]!;
      const close = rows.close[i]!;
      const follows = fill(at);
      if (rows.quiet[i]) {
        if (!follows || Number.isNaN(flat)) flat = close;
        pushQuiet(at, flat, rows.trades[i]!);
      } else {
        const row = out.push(
          at,
          rows.open[i]!,
          rows.high[i]!,
          rows.low[i]!,
          close,
          rows.volume[i]!,
          rows.trades[i],
          rows.vwap[i],
        );
        if (judge.isSuspect(close)) {
          out.suspect[row] = 1;
          series.suspects++;
        } else flat = close;
      }
      previous = at;
    },
  };
  return series;
};
