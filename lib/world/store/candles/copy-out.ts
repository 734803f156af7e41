import type { ClientBase, Connection, Submittable } from 'pg';
import { HEADER, TRAILER } from './copy-format.js';

/** Receives one row: `at` is the offset of its first field's length word. */
export type ReadRow = (view: DataView, at: number) => void;

type Listener = (piece: Buffer) => void;

const COPY_DATA = 0x64;
/**
 * A message is a byte with its type, the length of the rest (its own four bytes included), and the
 * content.
 */
const HEAD = 5;
const NOTHING = Buffer.alloc(0);

/**
 * A query that reads its rows directly from the socket's chunks. pg would make an object of each
 * row, pg-copy-streams a buffer. Every other message is passed on to pg.
 */
class CopyOut implements Submittable {
  private readonly text: string;
  private readonly rowBytes: number;
  private readonly row: ReadRow;
  private readonly done: (error: Error | null) => void;
  private readonly take = (piece: Buffer): void => this.read(piece);
  private stream: Connection['stream'] | null = null;
  private parse: Listener = () => undefined;
  /** The start of an incomplete message. */
  private held: Buffer = NOTHING;
  private first = true;
  private ended = false;
  private fault: Error | null = null;

  constructor(text: string, rowBytes: number, row: ReadRow, done: (error: Error | null) => void) {
    this.text = text;
    this.rowBytes = rowBytes;
    this.row = row;
    this.done = done;
  }

  submit(connection: Connection): void {
    this.stream = connection.stream;
    this.parse = this.stream.listeners('data')[0] as Listener;
    this.stream.on('data', this.take);
    this.stream.removeListener('data', this.parse);
    connection.query(this.text);
  }

  handleCommandComplete(): void {
    if (!this.ended) this.fault ??= new Error('a COPY ended before its last row');
  }

  handleReadyForQuery(): void {
    this.release();
    this.done(this.fault);
  }

  handleError(error: Error): void {
    this.release();
    this.done(error);
  }

  /** Returns the socket to pg. */
  private release(): void {
    this.stream?.on('data', this.parse).removeListener('data', this.take);
    this.stream = null;
  }

  private read(fresh: Buffer): void {
    let piece = fresh;
    let at = 0;
    if (this.held.length > 0) {
      // Usually a row split over two chunks: only that row is put together.
      const missing = Math.max(0, HEAD + this.rowBytes - this.held.length);
      const joined = Buffer.concat([this.held, fresh.subarray(0, missing)]);
      if (this.rows(joined, 0) > 0) at = missing;
      else piece = Buffer.concat([this.held, fresh]);
    }
    for (;;) {
      at = this.rows(piece, at);
      const end = at + HEAD <= piece.length ? at + 1 + piece.readUInt32BE(at + 1) : Infinity;
      if (end > piece.length) break;
      if (piece[at] === COPY_DATA) this.unusual(piece.subarray(at + HEAD, end));
      else this.parse(piece.subarray(at, end));
      at = end;
      if (this.stream) continue;
      if (at < piece.length) this.parse(piece.subarray(at));
      return;
    }
    this.held = at < piece.length ? Buffer.from(piece.subarray(at)) : NOTHING;
  }

  /** Reads consecutive rows from `at` on; returns the offset after the last complete one. */
  private rows(piece: Buffer, at: number): number {
    const { rowBytes, row } = this;
    const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
    const size = HEAD + rowBytes;
    let next = at;
    try {
      for (; next + size <= piece.length; next += size) {
        if (view.getUint8(next) !== COPY_DATA || view.getUint32(next + 1) !== rowBytes + 4) return next;
        row(view, next + HEAD + 2);
      }
    } catch (error) {
      this.fault ??= error as Error;
      next += size;
    }
    return next;
  }

  /** The header, which arrives with the first row, and the trailer. */
  private unusual(content: Buffer): void {
    let rest = content;
    if (this.first && content.subarray(0, HEADER.length).equals(HEADER)) rest = content.subarray(HEADER.length);
    this.first = false;
    if (rest.length === this.rowBytes) {
      const framed = Buffer.alloc(HEAD + rest.length, COPY_DATA);
      framed.writeUInt32BE(4 + rest.length, 1);
      rest.copy(framed, HEAD);
      this.rows(framed, 0);
    } else if (rest.equals(TRAILER)) {
      this.ended = true;
    } else if (rest.length > 0) {
      this.fault ??= new Error(`a COPY of rows of ${this.rowBytes} bytes has one of ${rest.length}`);
    }
  }
}

/**
 * Reads `COPY (select) TO STDOUT (FORMAT binary)`, whose rows must all have `rowBytes` bytes: fixed
 * widths and no nulls. So no length has to be checked, which makes it faster than the server can
 * send. Rejects with the error that `row` threw.
 */
export const copyOut = (client: ClientBase, select: string, rowBytes: number, row: ReadRow): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null) => (error ? reject(error) : resolve());
    client.query(new CopyOut(`COPY (${select}) TO STDOUT (FORMAT binary)`, rowBytes, row, done));
  });
