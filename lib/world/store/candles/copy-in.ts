import type { ClientBase } from 'pg';
import copyStreams from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HEADER, TRAILER } from './copy-format.js';

/** Feeds `COPY … FROM STDIN (FORMAT binary)` with rows in binary form, in portions of any size. */
export const copyIn = async (client: ClientBase, sql: string, portions: Iterable<Uint8Array>): Promise<void> => {
  const framed = function* () {
    yield HEADER;
    yield* portions;
    yield TRAILER;
  };
  await pipeline(Readable.from(framed(), { objectMode: false }), client.query(copyStreams.from(sql)));
};
