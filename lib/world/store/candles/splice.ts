import type { ClientBase } from 'pg';
import { CandleColumns, sameRow, sliceCandles, type Candles } from '../../../market-data/candles.js';
import { NO_DAMAGE, type Damage } from '../../../market-data/damage.js';
import { seriesFrom, type Series, type SeriesRules } from '../../../market-data/series.js';
import { knownCandles, seriesBefore } from './known.js';
import { writeCandles, type CandleSource, type WriteCounts } from './write.js';

/** Result of splicing a portion of rows into a market's series. */
export interface SpliceCounts extends WriteCounts {
  /**
   * Quiet minutes from the row before the portion to the portion's last, and after it up to the
   * next stored one if `last`.
   */
  readonly quiet: number;
  readonly gaps: number;
  readonly suspects: number;
}

const ROWS_AFTER = 512;
const END_OF_TIME = Date.UTC(9999, 0, 1);

/** Adds a row; a row equal to the stored one is not written. */
const add = (series: Series, out: CandleColumns, rows: Candles, i: number, stored: Candles, j: number): number => {
  series.add(rows, i);
  if (!sameRow(out, out.length - 1, stored, j)) return 0;
  out.drop();
  return 1;
};

const SAME_BUT_VWAP = ['open', 'high', 'low', 'close', 'volume', 'trades', 'quiet'] as const;

/**
 * Whether a stored row stays as it is: a traded minute is not replaced by a quiet one, a vwap not
 * by one with different rounding.
 */
const keeps = (stored: Candles, j: number, rows: Candles, i: number): boolean =>
  (rows.quiet[i] && !stored.quiet[j]) ||
  (!Number.isNaN(stored.vwap[j]) && SAME_BUT_VWAP.every(name => Object.is(rows[name][i], stored[name][j])));

/** Returns the number of rows that are stored already. */
const merge = (series: Series, out: CandleColumns, rows: Candles, stored: Candles): number => {
  let unchanged = 0;
  let i = 0;
  let j = 0;
  while (i < rows.length || j < stored.length) {
    const row = i < rows.length ? rows.at[i]! : Infinity;
    const other = j < stored.length ? stored.at[j]! : Infinity;
    if (row < other) series.add(rows, i);
    else if (other < row) add(series, out, stored, j, stored, j);
    else if (keeps(stored, j, rows, i)) unchanged += add(series, out, stored, j, stored, j);
    else unchanged += add(series, out, rows, i, stored, j);
    if (row <= other) i++;
    if (other <= row) j++;
  }
  return unchanged;
};

/**
 * Joins rows of one market (ascending, one per minute) to the stored ones, within the caller's
 * transaction. Quiet minutes are filled and suspects flagged across both seams, after the portion
 * until nothing changes any more; so a market's rows depend only on which rows were imported, not
 * on their order or how they were cut into files.
 *
 * Only an import infers quiet minutes, up to the first damaged one. Rows of another source are
 * complete: minutes missing next to them are missing.
 */
export const spliceCandles = async (
  client: ClientBase,
  marketId: number,
  rows: Candles,
  rules: SeriesRules,
  last: boolean,
  source: CandleSource = 'import',
  damage: Damage = NO_DAMAGE,
): Promise<SpliceCounts> => {
  const [which, maxQuietMinutes] =
    source === 'import' ? (['reported', rules.maxQuietMinutes] as const) : (['all', 0] as const);
  const first = rows.at[0]!;
  const end = rows.at[rows.length - 1]!;
  const out = new CandleColumns(rows.length + (rows.length >> 2));
  const seed = await seriesBefore(client, marketId, first, which);
  const series = seriesFrom(seed, { ...rules, maxQuietMinutes }, out, damage);
  const same = merge(series, out, rows, await knownCandles(client, marketId, first, end, which));
  const seam = out.length;
  let { quiet, gaps, suspects } = series;

  let settled = false;
  for (let after = end; !settled;) {
    const stored = await knownCandles(client, marketId, after + 1, END_OF_TIME, which, ROWS_AFTER);
    for (let i = 0; i < stored.length && !settled; i++) {
      add(series, out, stored, i, stored, i);
      const changed =
        out.length > 0 && out.at[out.length - 1] === stored.at[i] && out.suspect[out.length - 1] !== stored.suspect[i];
      settled = !stored.quiet[i] && !stored.suspect[i] && !changed;
    }
    if (stored.length < ROWS_AFTER) break;
    after = stored.at[stored.length - 1]!;
  }
  if (last) ({ quiet, gaps, suspects } = series);
  const own = await writeCandles(client, marketId, [sliceCandles(out, 0, seam)], source);
  const after = await writeCandles(client, marketId, [sliceCandles(out, seam, out.length)], source);
  return {
    inserted: own.inserted + after.inserted,
    revised: own.revised + after.revised,
    unchanged: same + own.unchanged + (last ? after.unchanged : 0), // else the next portion counts them
    quiet,
    gaps,
    suspects,
  };
};
