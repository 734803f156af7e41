import type { ClientBase } from 'pg';
import type { Snapshot } from '../../../training/book.js';
import { SOURCES } from '../../../training/columns.js';
import { DEPTHS_BP } from '../../../exchange/book-features.js';
import { STORED, type FirstSeen, type StoredMinutes, type StoredName } from '../../../training/stored.js';
import { DECISIONS } from '../../../strategy/decisions.js';
import type { Tape } from '../../../tape.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../../units.js';
import { getTimestamp } from './copy-format.js';
import { copyOut } from './copy-out.js';

/** A grid of markets × minutes. */
export type Grid = Pick<Tape, 'start' | 'minutes'> & {
  /** Market ids by lane. */
  readonly ids: readonly number[];
};

const INT = 4 + 4;
const DOUBLE = 4 + 8;
const FLAG = 4 + 1;
const ROW_BYTES = 2 + INT + DOUBLE + 7 * DOUBLE + 5 * INT + 3 * FLAG;

const time = (at: EpochMs) => `'${new Date(at).toISOString()}'::timestamptz`;
const within = ({ start, minutes, ids }: Grid) =>
  `timestamp >= ${time(start)} AND timestamp < ${time(start + minutes * MINUTE_MS)} AND cryptocurrency_id = ANY ('{${ids.join(',')}}')`;
const texts = (names: readonly string[]) => `array[${names.map(name => `'${name}'`).join(',')}]`;

/**
 * First seen at the exchange (semantics §8); a file that differs from an earlier one corrects
 * history and revises nothing.
 */
const SEEN_LIVE = `first_seen IS NOT NULL AND first_seen->>'source' <> 'import'`;
const minutesSql = (decisions: readonly string[]): string => `
  SELECT cryptocurrency_id, timestamp, open, high, low, close, volume, coalesce(vwap, 'NaN'),
    coalesce(CASE WHEN ${SEEN_LIVE} THEN ceil(extract(epoch FROM revised_at) * 1000)::float8 END, 'NaN'),
    coalesce(trade_count, CASE WHEN quiet THEN 0 ELSE -1 END),
    array_position(${texts(SOURCES)}, source) - 1, coalesce(array_position(${texts(decisions)}, decision), 0) - 1,
    coalesce(run_id, -1), coalesce(configuration_id, -1), quiet, suspect, ${SEEN_LIVE}
  FROM market_data WHERE `;

const cellOf = (grid: Grid, lanes: ReadonlyMap<number, number>, id: number, at: EpochMs): number =>
  lanes.get(id)! * grid.minutes + (at - grid.start) / MINUTE_MS;
const lanesOf = ({ ids }: Grid) => new Map(ids.map((id, lane) => [id, lane]));

/** Candles as a live bot first saw them, if the exchange served others later. */
export const readFirstSeen = async (client: ClientBase, grid: Grid): Promise<readonly FirstSeen[]> => {
  type Seen = Readonly<Record<string, number | null>> & { readonly quiet: boolean; readonly suspect: boolean };
  const { rows } = await client.query<{ id: number; at: number; seen: Seen; settledAt: number }>(
    `SELECT cryptocurrency_id AS id, extract(epoch FROM timestamp)::float8 * 1000 AS at, first_seen AS seen,
       ceil(extract(epoch FROM revised_at) * 1000)::float8 AS "settledAt"
     FROM market_data WHERE ${within(grid)} AND ${SEEN_LIVE} ORDER BY 1, 2`,
  );
  const lanes = lanesOf(grid);
  return rows.map(({ id, at, seen, settledAt }) => {
    const number = (name: string) => (seen as Readonly<Record<string, number | null>>)[name] ?? NaN;
    return {
      cell: cellOf(grid, lanes, id, at),
      open: number('open'),
      high: number('high'),
      low: number('low'),
      close: number('close'),
      volume: number('volume'),
      vwap: number('vwap'),
      trade_count: seen.quiet ? (seen.trade_count ?? 0) : number('trade_count'),
      settledAt,
      quiet: seen.quiet,
      suspect: seen.suspect,
    };
  });
};

const DEPTHS = DEPTHS_BP.flatMap(bp => [
  `'bidDepth${bp}bp', book_bid_depth_${bp}bp`,
  `'askDepth${bp}bp', book_ask_depth_${bp}bp`,
]);
const BOOK = `CASE WHEN book_spread IS NOT NULL THEN json_build_object('at', ceil(extract(epoch FROM book_at) * 1000),
  'spread', book_spread, ${DEPTHS.join(', ')}, 'imbalance', book_imbalance) END`;

/**
 * The newest snapshots of each market from an interval before the grid until its last candle
 * closes, by time.
 */
const readSnapshots = async (
  client: ClientBase,
  { start, minutes, ids }: Grid,
  interval: DurationMs,
): Promise<readonly Snapshot[]> => {
  const { rows } = await client.query<Omit<Snapshot, 'market'> & { id: number }>(
    `SELECT cryptocurrency_id AS id, ceil(extract(epoch FROM timestamp) * 1000)::float8 AS at, ${BOOK} AS book,
       trading_volume AS "volume24hUsd", market_sentiment AS sentiment
     FROM market_snapshot WHERE cryptocurrency_id = ANY ($1) AND timestamp >= ${time(start - interval)}
       AND timestamp <= ${time(start + minutes * MINUTE_MS)} ORDER BY timestamp, cryptocurrency_id`,
    [ids],
  );
  return rows.map(({ id, ...snapshot }) => ({ market: ids.indexOf(id), ...snapshot }));
};

/**
 * The stored data of a grid besides the candles of a tape; suspect candles as they were reported.
 * Stored decisions are codes of `decisions`, NaN for others; default momentum's.
 */
export const readMinutes = async (
  client: ClientBase,
  grid: Grid,
  snapshotInterval: DurationMs,
  decisions: readonly string[] = DECISIONS,
): Promise<StoredMinutes> => {
  const cells = grid.ids.length * grid.minutes;
  const present = new Uint8Array(cells);
  const values = Object.fromEntries(STORED.map(name => [name, new Float64Array(cells).fill(NaN)])) as Record<
    StoredName,
    Float64Array
  >;
  const lanes = lanesOf(grid);
  let revised = 0;
  const doubles = STORED.slice(0, 6).map(name => values[name]);
  const natural = (value: number) => (value < 0 ? NaN : value);
  await copyOut(client, minutesSql(decisions) + within(grid), ROW_BYTES, (view, field) => {
    const cell = cellOf(grid, lanes, view.getInt32(field + 4), getTimestamp(view, field + INT + 4));
    present[cell] = 1;
    let at = field + INT + DOUBLE + 4;
    for (const column of doubles) {
      column[cell] = view.getFloat64(at);
      at += DOUBLE;
    }
    values.revised_at[cell] = view.getFloat64(at);
    at += DOUBLE;
    const int = (n: number) => natural(view.getInt32(at + n * INT));
    values.settled_trade_count[cell] = int(0);
    values.source[cell] = int(1);
    values.live_decision[cell] = int(2);
    values.live_run[cell] = int(3);
    values.live_configuration[cell] = int(4);
    at += 5 * INT;
    values.quiet[cell] = view.getUint8(at);
    values.suspect[cell] = view.getUint8(at + FLAG);
    revised += view.getUint8(at + 2 * FLAG);
  });
  return {
    present,
    values,
    firstSeen: revised > 0 ? await readFirstSeen(client, grid) : [],
    snapshots: await readSnapshots(client, grid, snapshotInterval),
  };
};

/** Open time of each market's last stored candle, by lane; -Infinity where there is none. */
export const lastStored = async (client: ClientBase, ids: readonly number[]): Promise<readonly EpochMs[]> => {
  const { rows } = await client.query<{ at: number | null }>(
    `SELECT (SELECT extract(epoch FROM max(timestamp))::float8 * 1000 FROM market_data WHERE cryptocurrency_id = id) AS at
     FROM unnest($1::int[]) WITH ORDINALITY AS market (id, lane) ORDER BY lane`,
    [ids],
  );
  return rows.map(({ at }) => at ?? -Infinity);
};
