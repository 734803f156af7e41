import type { EpochMs } from '../../../units.js';

/** Epoch of PostgreSQL's binary timestamps. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
/** Header and trailer of a binary COPY. */
export const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
/** Trailer of a binary COPY. */
export const TRAILER = Buffer.from([0xff, 0xff]);
const HIGH_WORD = 2 ** 32;

/** Writes a time as PostgreSQL's binary timestamp: 8 bytes. */
export const setTimestamp = (view: DataView, at: number, time: EpochMs): void => {
  const microseconds = (time - POSTGRES_EPOCH_MS) * 1_000;
  view.setInt32(at, Math.floor(microseconds / HIGH_WORD));
  view.setUint32(at + 4, microseconds - Math.floor(microseconds / HIGH_WORD) * HIGH_WORD);
};

/** Reads PostgreSQL's binary timestamp. As two words: a BigInt per row would halve the speed. */
export const getTimestamp = (view: DataView, at: number): EpochMs =>
  (view.getInt32(at) * HIGH_WORD + view.getUint32(at + 4)) / 1_000 + POSTGRES_EPOCH_MS;
