import type { ClientBase } from 'pg';
import { setImmediate as turn } from 'node:timers/promises';
import { Cell, emptyTape, type Tape } from '../../../tape.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import { getTimestamp } from './copy-format.js';
import { copyOut } from './copy-out.js';

/**
 * A chunk is a month, which is one partition of the table, unless it has more cells than this (some
 * 90 MB of columns).
 */
const MAX_CELLS = 1 << 21;
const ROW_BYTES = 2 + 8 + 12 * 6 + 5 * 2;

/** State at the end of a lane so far. */
interface Lane {
  /** The close to which a suspect candle is flattened; NaN at the start and after a gap. */
  close: number;
  /**
   * A suspect candle preceded any good one: the quiet minutes after it are flat at a close from
   * before the gap.
   */
  unfounded: boolean;
}

/**
 * Suspect cells become flat at the previous close; without one since the last gap they become
 * absent, as do the quiet ones after them.
 */
const flatten = (tape: Tape, lane: Lane, market: number): void => {
  const { cell, open, high, low, close, volume } = tape;
  for (let at = market * tape.minutes, end = at + tape.minutes; at < end; at++) {
    const kind = cell[at]!;
    if (kind === Cell.traded) {
      lane.close = close[at]!;
      lane.unfounded = false;
    } else if (kind === Cell.absent) {
      lane.close = Number.NaN;
      lane.unfounded = false;
    } else if (kind === Cell.quiet && !lane.unfounded) {
      lane.close = close[at]!;
    } else {
      if (Number.isNaN(lane.close)) {
        cell[at] = Cell.absent;
        lane.unfounded = true;
      }
      const flat = cell[at] === Cell.absent ? 0 : lane.close;
      open[at] = high[at] = low[at] = close[at] = flat;
      volume[at] = 0;
    }
  }
};

/** Columns filled by rows in any order: each row has its cell, so no sort is needed. */
const readChunk = async (
  client: ClientBase,
  { lanes, alone, minutesPerTape }: { lanes: ReadonlyMap<number, number>; alone: boolean; minutesPerTape: number },
  { from, to, tapes, first }: Chunk,
): Promise<void> => {
  const select = `SELECT cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, suspect FROM market_data
    WHERE timestamp >= '${new Date(from).toISOString()}' AND timestamp < '${new Date(to).toISOString()}'
    ${alone ? '' : `AND cryptocurrency_id = ANY ('{${[...lanes.keys()].join(',')}}')`}`;
  await copyOut(client, select, ROW_BYTES, (view, field) => {
    const lane = lanes.get(view.getInt32(field + 4));
    if (lane === undefined) return;
    const minute = (getTimestamp(view, field + 12) - first) / MINUTE_MS;
    const place = Math.floor(minute / minutesPerTape);
    const tape = tapes[place]!;
    const at = lane * tape.minutes + minute - place * minutesPerTape;
    tape.open[at] = view.getFloat64(field + 24);
    tape.high[at] = view.getFloat64(field + 36);
    tape.low[at] = view.getFloat64(field + 48);
    tape.close[at] = view.getFloat64(field + 60);
    tape.volume[at] = view.getFloat64(field + 72);
    tape.cell[at] = view.getUint8(field + 89) ? Cell.suspect : view.getUint8(field + 84) ? Cell.quiet : Cell.traded;
  });
};

/** A stretch read by one COPY, and the tapes that it fills. */
interface Chunk {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Start of the first of `tapes`, which a previous chunk may have begun to fill. */
  readonly first: EpochMs;
  readonly tapes: readonly Tape[];
}

/** The start of the month after a moment. */
const nextMonth = (at: EpochMs): EpochMs => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
};

/**
 * The chunk after one, or the first one; null at the end. Its first tape continues a half-filled
 * one of the previous chunk.
 */
const chunkAfter = (
  last: Chunk | null,
  { from, to, minutesPerTape, markets }: { from: EpochMs; to: EpochMs; minutesPerTape: number; markets: number },
): Chunk | null => {
  const start = last?.to ?? from;
  if (start >= to) return null;
  const most = Math.max(minutesPerTape, Math.floor(MAX_CELLS / markets)) * MINUTE_MS;
  const end = Math.min(to, nextMonth(start), start + most);
  const span = minutesPerTape * MINUTE_MS;
  const half = last?.tapes.at(-1);
  const open = half && half.start + half.minutes * MINUTE_MS > start ? half : null;
  const tapes = open ? [open] : [];
  const first = open?.start ?? start;
  for (let at = first + tapes.length * span; at < end; at += span)
    tapes.push(emptyTape(at, Math.min(minutesPerTape, (to - at) / MINUTE_MS), markets));
  return { from: start, to: end, first, tapes };
};

/**
 * Streams the stored candles of some markets as tapes of `minutesPerTape` minutes from `from`
 * (inclusive) to `to` (exclusive), both whole minutes; the last tape may be shorter. Lane `i` is
 * `markets[i]`. Every tape of the period is emitted, empty ones too. Suspect candles appear as
 * their lane's flat minute (`Cell.suspect`). While one chunk is consumed the next one is read; a
 * consumer that stops early waits for that one, and can use the client for something else
 * afterwards. `alone` promises that hardly any other market has candles in the period: the server
 * then skips a check, which saves it a tenth of the time.
 */
export const readTapes = async function* (
  client: ClientBase,
  markets: readonly { readonly id: number }[],
  from: EpochMs,
  to: EpochMs,
  minutesPerTape: number,
  alone = false,
): AsyncGenerator<Tape, void, undefined> {
  const lanes = new Map(markets.map(({ id }, lane) => [id, lane]));
  const state = markets.map((): Lane => ({ close: Number.NaN, unfounded: false }));
  const period = { from, to, minutesPerTape, markets: markets.length };
  const begin = (chunk: Chunk | null) => {
    const filled = chunk ? readChunk(client, { lanes, alone, minutesPerTape }, chunk) : Promise.resolve();
    filled.catch(() => undefined); // awaited below; until then its failure must not count as unhandled
    return filled;
  };
  let chunk = chunkAfter(null, period);
  let filled = begin(chunk);
  try {
    while (chunk) {
      await filled;
      const { tapes, to: end } = chunk;
      const next = chunkAfter(chunk, period);
      filled = begin(next);
      for (const tape of tapes) {
        if (tape.start + tape.minutes * MINUTE_MS > end) break; // the next chunk fills its rest
        state.forEach((lane, market) => flatten(tape, lane, market));
        yield tape;
        await turn(); // without it a consumer that never waits would keep the socket from being read
      }
      chunk = next;
    }
  } finally {
    await filled.catch(() => undefined);
  }
};
