import type { ClientBase } from 'pg';
import { setImmediate as turn } from 'node:timers/promises';
import { Cell, emptyTape, type Tape } from '../../../tape.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import { copyOut, getTimestamp } from './copy.js';

/** Cells that are read ahead: some 5 MB of columns. */
const CELLS_A_CHUNK = 1 << 17;
const ROW_BYTES = 2 + 8 + 12 * 6 + 5 * 2;

/** What is known at the end of a lane so far. */
interface Lane {
  /** The close to which a suspect candle is flattened; NaN at the start and after a gap. */
  close: number;
  /** A suspect candle came before any good one: the quiet minutes after it are flat at a close from before the gap. */
  unfounded: boolean;
}

/** Suspect cells become flat at the previous close; where there is none since the last gap, absent, as the quiet ones after them. */
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

/** Tapes of one stretch of time, filled in whatever order the rows come: each has its cell, so nobody has to sort. */
const readChunk = async (
  client: ClientBase,
  lanes: ReadonlyMap<number, number>,
  from: EpochMs,
  to: EpochMs,
  minutesPerTape: number,
): Promise<readonly Tape[]> => {
  const span = minutesPerTape * MINUTE_MS;
  const tapes = Array.from({ length: Math.ceil((to - from) / span) }, (_, i) => {
    const start = from + i * span;
    return emptyTape(start, Math.min(minutesPerTape, (to - start) / MINUTE_MS), lanes.size);
  });
  const select = `SELECT cryptocurrency_id, timestamp, open, high, low, close, volume, quiet, suspect FROM market_data
    WHERE cryptocurrency_id = ANY ('{${[...lanes.keys()].join(',')}}')
      AND timestamp >= '${new Date(from).toISOString()}' AND timestamp < '${new Date(to).toISOString()}'`;
  await copyOut(client, select, ROW_BYTES, (view, field) => {
    const minute = (getTimestamp(view, field + 12) - from) / MINUTE_MS;
    const place = Math.floor(minute / minutesPerTape);
    const tape = tapes[place]!;
    const at = lanes.get(view.getInt32(field + 4))! * tape.minutes + minute - place * minutesPerTape;
    tape.open[at] = view.getFloat64(field + 24);
    tape.high[at] = view.getFloat64(field + 36);
    tape.low[at] = view.getFloat64(field + 48);
    tape.close[at] = view.getFloat64(field + 60);
    tape.volume[at] = view.getFloat64(field + 72);
    tape.cell[at] = view.getUint8(field + 89) ? Cell.suspect : view.getUint8(field + 84) ? Cell.quiet : Cell.traded;
  });
  return tapes;
};

/**
 * Streams the stored candles of some markets as tapes of `minutesPerTape` minutes from `from` (inclusive) to `to` (exclusive),
 * both whole minutes; the last tape may be shorter. Lane `i` is `markets[i]`. Every tape of the period comes, an empty one as
 * well. Suspect candles come as their lane's flat minute (`Cell.suspect`). While one chunk is consumed the next one is read;
 * whoever stops early waits for that one, and can use the client for something else afterwards.
 */
export const readTapes = async function* (
  client: ClientBase,
  markets: readonly { readonly id: number }[],
  from: EpochMs,
  to: EpochMs,
  minutesPerTape: number,
): AsyncGenerator<Tape, void, undefined> {
  const lanes = new Map(markets.map(({ id }, lane) => [id, lane]));
  const state = markets.map((): Lane => ({ close: Number.NaN, unfounded: false }));
  const tapesPerChunk = Math.max(1, Math.floor(CELLS_A_CHUNK / (minutesPerTape * Math.max(markets.length, 1))));
  const span = tapesPerChunk * minutesPerTape * MINUTE_MS;
  const read = (start: EpochMs) => {
    const chunk = start < to ? readChunk(client, lanes, start, Math.min(to, start + span), minutesPerTape) : null;
    chunk?.catch(() => undefined); // awaited below; until then its failure must not count as unhandled
    return chunk;
  };
  let next = read(from);
  try {
    for (let start = from; next; start += span) {
      const tapes: readonly Tape[] = await next;
      next = read(start + span);
      for (const tape of tapes) {
        state.forEach((lane, market) => flatten(tape, lane, market));
        yield tape;
        await turn(); // without it a consumer that never waits would keep the socket from being read
      }
    }
  } finally {
    await next?.catch(() => undefined);
  }
};
