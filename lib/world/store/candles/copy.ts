import type { ClientBase } from 'pg';
import copyStreams from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { EpochMs } from '../../../units.js';

/** PostgreSQL counts microseconds from here in its binary forms. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
const HIGH_WORD = 2 ** 32;

/** Writes a time as PostgreSQL's binary timestamp: 8 bytes. */
export const setTimestamp = (view: DataView, at: number, time: EpochMs): void => {
  const microseconds = (time - POSTGRES_EPOCH_MS) * 1_000;
  view.setInt32(at, Math.floor(microseconds / HIGH_WORD));
  view.setUint32(at + 4, microseconds - Math.floor(microseconds / HIGH_WORD) * HIGH_WORD);
};

/** Reads PostgreSQL's binary timestamp. Two words, since a BigInt for each row would halve the speed. */
export const getTimestamp = (view: DataView, at: number): EpochMs =>
  (view.getInt32(at) * HIGH_WORD + view.getUint32(at + 4)) / 1_000 + POSTGRES_EPOCH_MS;

/** Feeds `COPY … FROM STDIN (FORMAT binary)` with rows that are already in its form, in portions of any size. */
export const copyIn = async (client: ClientBase, sql: string, portions: Iterable<Uint8Array>): Promise<void> => {
  const framed = function* () {
    yield HEADER;
    yield* portions;
    yield TRAILER;
  };
  await pipeline(Readable.from(framed(), { objectMode: false }), client.query(copyStreams.from(sql)));
};

/** Takes one row: `at` is the place of its first field's length word. */
export type ReadRow = (view: DataView, at: number) => void;

/**
 * Reads `COPY (select) TO STDOUT (FORMAT binary)`, whose rows must all have `rowBytes` bytes: fixed widths and no nulls.
 * So no length has to be looked at, which is what makes it faster than the server can send.
 */
export const copyOut = async (client: ClientBase, select: string, rowBytes: number, row: ReadRow): Promise<void> => {
  const stream = client.query(copyStreams.to(`COPY (${select}) TO STDOUT (FORMAT binary)`, { highWaterMark: 1 << 20 }));
  const split = Buffer.alloc(rowBytes);
  const splitView = new DataView(split.buffer, split.byteOffset, rowBytes);
  let header = HEADER.length;
  let held = 0;
  for await (const piece of stream as AsyncIterable<Buffer>) {
    const skipped = Math.min(header, piece.length);
    header -= skipped;
    let at = skipped;
    if (held > 0) {
      const taken = piece.copy(split, held, at, at + rowBytes - held);
      held += taken;
      at += taken;
      if (held < rowBytes) continue;
      row(splitView, 2);
      held = 0;
    }
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    for (; at + rowBytes <= piece.length; at += rowBytes) row(view, at + 2);
    held = piece.copy(split, 0, at);
  }
  if (held !== TRAILER.length || split.readInt16BE(0) !== -1)
    throw new Error(`a COPY of rows of ${rowBytes} bytes ended with ${held} bytes over`);
};
