import type { ClientBase } from 'pg';
import type { Candles } from '../../../market-data/candles.js';
import { setTimestamp } from './copy-format.js';
import { copyIn } from './copy-in.js';

/** Source of a candle. */
export type CandleSource = 'import' | 'ohlc' | 'trades' | 'synthetic';

/** Outcome of the rows passed in. */
export interface WriteCounts {
  readonly inserted: number;
  /** Stored before with other values: updated; the first-seen values are kept too. */
  readonly revised: number;
  /** Stored before with these values: not touched. */
  readonly unchanged: number;
}

const COLUMNS =
  'cryptocurrency_id, timestamp, open, high, low, close, volume, vwap, trade_count, quiet, suspect, source';
const ROWS_A_PORTION = 4_096;
const MAX_ROW_BYTES = 2 + 8 + 12 * 7 + 8 + 5 * 2 + 4 + 16;

/** Rows in the form of a binary COPY of `COLUMNS`. */
const encode = function* (marketId: number, candles: Candles, source: CandleSource): Iterable<Uint8Array> {
  const sourceBytes = Buffer.from(source);
  for (let from = 0; from < candles.length; from += ROWS_A_PORTION) {
    const to = Math.min(candles.length, from + ROWS_A_PORTION);
    const bytes = Buffer.allocUnsafe((to - from) * MAX_ROW_BYTES); // a new one each time: the socket may still hold the last
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    const double = (value: number) => {
      view.setInt32(at, 8);
      view.setFloat64(at + 4, value);
      at += 12;
    };
    const nothing = () => {
      view.setInt32(at, -1);
      at += 4;
    };
    const int = (value: number) => {
      view.setInt32(at, 4);
      view.setInt32(at + 4, value);
      at += 8;
    };
    const flag = (value: number) => {
      view.setInt32(at, 1);
      view.setUint8(at + 4, value);
      at += 5;
    };
    for (let i = from; i < to; i++) {
      view.setInt16(at, 12);
      at += 2;
      int(marketId);
      view.setInt32(at, 8);
      setTimestamp(view, at + 4, candles.at[i]!);
      at += 12;
      double(candles.open[i]!);
      double(candles.high[i]!);
      double(candles.low[i]!);
      double(candles.close[i]!);
      double(candles.volume[i]!);
      if (Number.isNaN(candles.vwap[i])) nothing();
      else double(candles.vwap[i]!);
      if (Number.isNaN(candles.trades[i])) nothing();
      else int(candles.trades[i]!);
      flag(candles.quiet[i]!);
      flag(candles.suspect[i]!);
      view.setInt32(at, sourceBytes.length);
      at += 4;
      bytes.set(sourceBytes, at);
      at += sourceBytes.length;
    }
    yield bytes.subarray(0, at);
  }
};

// Unknown values never replace known ones: a file has no vwap where the exchange's answer had one.
const known = (column: string) =>
  `CASE WHEN stored.quiet = excluded.quiet THEN coalesce(excluded.${column}, stored.${column}) ELSE excluded.${column} END`;
const PRICES = ['open', 'high', 'low', 'close', 'volume'];
const tuple = (table: string, columns: readonly string[]) => `(${columns.map(name => `${table}.${name}`).join(', ')})`;
const FIRST_SEEN = [...PRICES, 'vwap', 'trade_count', 'quiet', 'suspect', 'source', 'received_at'];

/**
 * Keeps the first-seen values of a stored minute, as the tail of an insert into `market_data AS
 * stored`; `condition` can restrict it.
 */
export const reviseUnless = (condition: string): string => `
    ON CONFLICT (cryptocurrency_id, timestamp) DO UPDATE SET
      ${[...PRICES, 'quiet', 'suspect'].map(name => `${name} = excluded.${name}`).join(', ')},
      vwap = ${known('vwap')}, trade_count = ${known('trade_count')},
      source = CASE WHEN (stored.quiet AND excluded.quiet)
                      OR ${tuple('stored', [...PRICES, 'quiet'])} = ${tuple('excluded', [...PRICES, 'quiet'])}
                    THEN stored.source ELSE excluded.source END,
      first_seen = coalesce(stored.first_seen, jsonb_build_object(${FIRST_SEEN.map(name => `'${name}', stored.${name}`).join(', ')})),
      revised_at = now()
    WHERE NOT (${condition}) AND (${tuple('stored', [...PRICES, 'quiet', 'suspect'])} <> ${tuple('excluded', [...PRICES, 'quiet', 'suspect'])}
       OR (stored.vwap, stored.trade_count) IS DISTINCT FROM (${known('vwap')}, ${known('trade_count')}))`;

const UPSERT = `
  WITH written AS (
    INSERT INTO market_data AS stored (${COLUMNS}) SELECT ${COLUMNS} FROM candle_stage ORDER BY timestamp
    ${reviseUnless('false')}
    RETURNING revised_at)
  SELECT count(*)::int AS written, count(revised_at)::int AS revised FROM written`;

const writeBlock = async (
  client: ClientBase,
  marketId: number,
  candles: Candles,
  source: CandleSource,
): Promise<WriteCounts> => {
  const period = [marketId, candles.at[0]! / 1_000, candles.at[candles.length - 1]! / 1_000];
  const { rowCount } = await client.query(
    `SELECT FROM market_data WHERE cryptocurrency_id = $1 AND timestamp BETWEEN to_timestamp($2) AND to_timestamp($3) LIMIT 1`,
    period,
  );
  const portions = encode(marketId, candles, source);
  if (rowCount === 0) {
    await copyIn(client, `COPY market_data (${COLUMNS}) FROM STDIN (FORMAT binary)`, portions);
    return { inserted: candles.length, revised: 0, unchanged: 0 };
  }
  await client.query(
    `CREATE TEMP TABLE IF NOT EXISTS candle_stage ON COMMIT DROP AS SELECT ${COLUMNS} FROM market_data LIMIT 0`,
  );
  await client.query('TRUNCATE candle_stage');
  await copyIn(client, `COPY candle_stage (${COLUMNS}) FROM STDIN (FORMAT binary)`, portions);
  const { rows } = await client.query<{ written: number; revised: number }>(UPSERT);
  const { written, revised } = rows[0]!;
  return { inserted: written - revised, revised, unchanged: candles.length - written };
};

/**
 * Stores candles of one market in bulk, within the caller's transaction (without one it fails).
 * Each portion must ascend by time, one row per minute; its partitions must exist. A minute that is
 * stored with other values is revised: the new values replace the old, and the first ones stay in
 * `first_seen`; a minute stored with the same values is not touched.
 */
export const writeCandles = async (
  client: ClientBase,
  marketId: number,
  candles: Iterable<Candles> | AsyncIterable<Candles>,
  source: CandleSource,
): Promise<WriteCounts> => {
  const sum = { inserted: 0, revised: 0, unchanged: 0 };
  for await (const block of candles) {
    if (block.length === 0) continue;
    const counts = await writeBlock(client, marketId, block, source);
    sum.inserted += counts.inserted;
    sum.revised += counts.revised;
    sum.unchanged += counts.unchanged;
  }
  return sum;
};
