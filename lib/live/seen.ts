import type { OhlcRow } from '../exchange/ports.js';
import type { Candles } from '../series/candles.js';
import { judgeFrom, type Judged } from '../series/judge.js';
import type { EpochMs, Price, Ratio } from '../units.js';

/** A row of the exchange as it was given out, with the good close before it; NaN where there is none. */
export interface SeenRow {
  readonly row: OhlcRow;
  readonly good: Price;
}

const numberOr = <T>(value: number, otherwise: T): number | T => (Number.isNaN(value) ? otherwise : value);

const rowOf = ({ at, open, high, low, close, vwap, volume, trades }: Candles, i: number): OhlcRow => ({
  ...{ at: at[i]!, open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]! },
  ...{ vwap: numberOr(vwap[i]!, null), volume: volume[i]!, trades: numberOr(trades[i]!, 0) },
});

/**
 * What had been seen of a market by whoever stored these candles, so that another can tell a revision. `before` is how the
 * candles before them had been judged; only minutes of `given`, which the exchange gave as candles, have been seen.
 */
export const seenIn = (
  candles: Candles,
  before: Judged,
  given: { has(at: EpochMs): boolean },
  maxJump: Ratio,
): readonly SeenRow[] => {
  const judge = judgeFrom(before, maxJump);
  const seen: SeenRow[] = [];
  for (let i = 0; i < candles.length; i++) {
    if (given.has(candles.at[i]!)) seen.push({ row: rowOf(candles, i), good: judge.good });
    if (!candles.quiet[i]) judge.isSuspect(candles.close[i]!);
  }
  return seen;
};
