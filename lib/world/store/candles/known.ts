import type { ClientBase } from 'pg';
import { CandleColumns, type Candles } from '../../../market-data/candles.js';
import { EMPTY_SERIES, type SeriesState } from '../../../market-data/series.js';
import type { EpochMs } from '../../../units.js';
import { getTimestamp } from './copy-format.js';
import { copyOut } from './copy-out.js';

/**
 * Which stored rows count: all, those that were reported (as opposed to quiet minutes that an
 * import inferred), or those that did not come as candles of the exchange.
 */
export type Known = 'all' | 'reported' | 'otherwise';
/** Reported rows, as an SQL condition. */
export const REPORTED = `(NOT quiet OR source <> 'import' OR trade_count IS NOT NULL)`;
/** All others: quiet minutes that an import inferred. */
export const INFERRED = `(quiet AND source = 'import' AND trade_count IS NULL)`;
const CONDITIONS: Readonly<Record<Known, string>> = {
  all: 'true',
  reported: REPORTED,
  otherwise: `source <> 'ohlc'`,
};
const ROW_BYTES = 2 + 12 * 7 + 8 + 5 * 2;

const at = (time: EpochMs) => `'${new Date(time).toISOString()}'::timestamptz`;

/** A market's state right before `before`, from which its series continues. */
export const seriesBefore = async (
  client: ClientBase,
  marketId: number,
  before: EpochMs,
  which: Known = 'reported',
): Promise<SeriesState> => {
  type Row = { at: number; close: number; quiet: boolean; suspect: boolean };
  const last = async (condition: string): Promise<Row | undefined> => {
    const { rows } = await client.query<Row>(
      `SELECT extract(epoch FROM timestamp)::float8 * 1000 AS at, close, quiet, suspect FROM market_data
       WHERE cryptocurrency_id = ${marketId} AND timestamp < ${at(before)} AND ${condition} ORDER BY timestamp DESC LIMIT 1`,
    );
    return rows[0];
  };
  const known = await last(CONDITIONS[which]);
  if (!known) return EMPTY_SERIES;
  const flat = known.suspect ? await last('NOT suspect') : known;
  const traded = known.quiet ? await last('NOT quiet') : known;
  const good = traded?.suspect ? await last('NOT quiet AND NOT suspect') : traded;
  return {
    at: known.at,
    close: (flat ?? known).close,
    good: good?.close ?? Number.NaN,
    pending: traded?.suspect ? traded.close : Number.NaN,
  };
};

/** The rows of a market from `from` to `to`, both inclusive, ascending; at most `limit` of them. */
export const knownCandles = async (
  client: ClientBase,
  marketId: number,
  from: EpochMs,
  to: EpochMs,
  which: Known,
  limit?: number,
): Promise<Candles> => {
  const candles = new CandleColumns(16);
  const select = `SELECT timestamp, open, high, low, close, volume, coalesce(vwap, 'NaN'), coalesce(trade_count, -1), quiet, suspect
    FROM market_data WHERE cryptocurrency_id = ${marketId} AND timestamp BETWEEN ${at(from)} AND ${at(to)} AND ${CONDITIONS[which]}
    ORDER BY timestamp LIMIT ${limit ?? 'ALL'}`;
  await copyOut(client, select, ROW_BYTES, (view, field) => {
    const double = (n: number) => view.getFloat64(field + 12 * n + 4);
    const trades = view.getInt32(field + 88);
    const time = getTimestamp(view, field + 4);
    const unknown = Number.NaN;
    const row = candles.push(
      time,
      double(1),
      double(2),
      double(3),
      double(4),
      double(5),
      trades < 0 ? unknown : trades,
      double(6),
    );
    candles.quiet[row] = view.getUint8(field + 96);
    candles.suspect[row] = view.getUint8(field + 101);
  });
  return candles;
};
