import type { Readable } from 'node:stream';

/** The plain text of a file that may be packed. */
export interface OpenText {
  readonly text: Readable;
  /** What has been read from the disk so far. */
  readonly bytesRead: () => number;
}
