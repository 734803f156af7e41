import type { Readable } from 'node:stream';

/** The plain text of a file that may be packed. */
export interface OpenText {
  readonly text: Readable;
  /** Bytes read from the disk so far. */
  readonly bytesRead: () => number;
}
