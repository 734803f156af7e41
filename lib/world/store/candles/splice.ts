import type { ClientBase } from 'pg';
import { CandleColumns, sameRow, type Candles } from '../../../series/candles.js';
import { seriesFrom, type Series, type SeriesRules } from '../../../series/series.js';
import { reportedCandles, seriesBefore } from './known.js';
import { writeCandles, type WriteCounts } from './write.js';

/** What a portion of rows has made of a market's series. */
export interface SpliceCounts extends WriteCounts {
  /** Quiet minutes from the row before the portion to the portion's last, and after it up to the next stored one if `last`. */
  readonly quiet: number;
  readonly gaps: number;
  readonly suspects: number;
}

const ROWS_AFTER = 512;
const END_OF_TIME = Date.UTC(9999, 0, 1);

const addStored = (series: Series, out: CandleColumns, stored: Candles, i: number): void => {
  series.add(stored, i);
  if (sameRow(out, out.length - 1, stored, i)) out.drop();
};

/** A traded minute is never overwritten by the claim that it was quiet. */
const merge = (series: Series, out: CandleColumns, rows: Candles, stored: Candles): void => {
  let i = 0;
  let j = 0;
  while (i < rows.length || j < stored.length) {
    const row = i < rows.length ? rows.at[i]! : Infinity;
    const other = j < stored.length ? stored.at[j]! : Infinity;
    if (other < row || (other === row && rows.quiet[i] && !stored.quiet[j])) addStored(series, out, stored, j);
    else series.add(rows, i);
    if (row <= other) i++;
    if (other <= row) j++;
  }
};

/**
 * Joins rows of one market (ascending, one a minute) to what is stored of it, within the caller's transaction. Quiet minutes
 * are filled and suspects judged across both seams, after the portion until nothing changes any more; so a market's rows
 * depend only on which rows were imported, not on the order or on how they were cut into files.
 */
export const spliceCandles = async (
  client: ClientBase,
  marketId: number,
  rows: Candles,
  rules: SeriesRules,
  last: boolean,
): Promise<SpliceCounts> => {
  const first = rows.at[0]!;
  const end = rows.at[rows.length - 1]!;
  const out = new CandleColumns(rows.length + (rows.length >> 2));
  const series = seriesFrom(await seriesBefore(client, marketId, first), rules, out);
  merge(series, out, rows, await reportedCandles(client, marketId, first, end));
  let { quiet, gaps, suspects } = series;

  let settled = false;
  for (let after = end; !settled;) {
    const stored = await reportedCandles(client, marketId, after + 1, END_OF_TIME, ROWS_AFTER);
    for (let i = 0; i < stored.length && !settled; i++) {
      addStored(series, out, stored, i);
      const changed =
        out.length > 0 && out.at[out.length - 1] === stored.at[i] && out.suspect[out.length - 1] !== stored.suspect[i];
      settled = !stored.quiet[i] && !stored.suspect[i] && !changed;
    }
    if (stored.length < ROWS_AFTER) break;
    after = stored.at[stored.length - 1]!;
  }
  if (last) ({ quiet, gaps, suspects } = series);
  return { ...(await writeCandles(client, marketId, [out], 'import')), quiet, gaps, suspects };
};
