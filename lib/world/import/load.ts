import type { ClientBase } from 'pg';
import { FIRST_CANDLE, badRow, isQuiet } from '../../market-data/bad-row.js';
import { CandleColumns, sliceCandles, sortedCandles, type Candles } from '../../market-data/candles.js';
import { boundedMinutes } from '../../market-data/damage.js';
import type { SeriesRules } from '../../market-data/series.js';
import { MINUTE_MS, type EpochMs } from '../../units.js';
import { keepDamage, readDamage } from '../store/candles/damage.js';
import { lockMarket } from '../store/candles/market.js';
import { spliceCandles, type SpliceCounts } from '../store/candles/splice.js';
import { readCandleFile } from './csv.js';
import type { Survey } from './survey.js';

/** Outcome of one file of candles. */
export interface Loaded extends SpliceCounts {
  /** Rows whose minute appears again in the same file: the last one counts. */
  readonly duplicates: number;
  /**
   * Minutes that an earlier import inferred as quiet and for which this file has a bad row: they
   * are gaps now.
   */
  readonly withdrawn: number;
}

const ROWS_A_PORTION = 1 << 16;
/** A portion is passed on between two chunks of the file, each with at most some 15,000 rows. */
const ROOM = ROWS_A_PORTION + (1 << 14);
/** The stored rows of a portion's period are read too: so the period is limited as well. */
const MINUTES_A_PORTION = 1 << 18;

/** Ascending rows, cut so that no part covers too long a period. */
const cut = function* (rows: Candles): Iterable<Candles> {
  let from = 0;
  for (let i = 1; i <= rows.length; i++) {
    if (i < rows.length && rows.at[i]! - rows.at[from]! < MINUTES_A_PORTION * MINUTE_MS) continue;
    yield sliceCandles(rows, from, i);
    from = i;
  }
};

/**
 * Stores one surveyed file within the caller's transaction, portion by portion: the next one is
 * parsed while the database stores the last. `stored` receives the number of rows passed on. On any
 * error the caller must roll back.
 */
export const loadFile = async (
  client: ClientBase,
  { file, rows, from, damaged }: Survey,
  rules: SeriesRules,
  now: EpochMs,
  stored: (rows: number) => void,
): Promise<Loaded> => {
  const sum = { inserted: 0, revised: 0, unchanged: 0, quiet: 0, gaps: 0, suspects: 0, duplicates: 0, withdrawn: 0 };
  if (Number.isNaN(from)) return sum;
  const marketId = await lockMarket(client, file.symbol);
  sum.withdrawn = await keepDamage(client, marketId, boundedMinutes(damaged, rules.maxQuietMinutes));
  const damage = await readDamage(client, marketId);
  let portion = new CandleColumns(ROOM);
  let storing: Promise<void> = Promise.resolve();
  let read = 0;

  const store = async (candles: Candles, done: number) => {
    const { sorted, duplicates } = sortedCandles(candles);
    sum.duplicates += duplicates;
    const parts = [...cut(sorted)];
    for (const [i, part] of parts.entries()) {
      const last = done === rows && i === parts.length - 1;
      const counts = await spliceCandles(client, marketId, part, rules, last, 'import', damage);
      for (const name of ['inserted', 'revised', 'unchanged', 'quiet', 'gaps', 'suspects'] as const)
        sum[name] += counts[name];
    }
    stored(done);
  };
  const handOver = async () => {
    await storing;
    storing = portion.length > 0 ? store(portion, read) : storing;
    storing.catch(() => undefined); // awaited later; until then its failure must not count as unhandled
    portion = new CandleColumns(ROOM);
  };

  try {
    await readCandleFile(
      file,
      (_line, at, open, high, low, close, volume, trades) => {
        read++;
        if (badRow(at, open, high, low, close, volume, trades, now, FIRST_CANDLE)) return;
        const quiet = isQuiet(volume, trades);
        const row = portion.push(at, open, high, low, close, volume, quiet ? 0 : trades);
        if (quiet) portion.quiet[row] = 1;
      },
      () => (portion.length >= ROWS_A_PORTION ? handOver() : undefined),
    );
    await handOver();
    await storing;
  } catch (error) {
    await storing.catch(() => undefined); // the connection must be idle before it can roll back
    throw error;
  }
  return sum;
};
