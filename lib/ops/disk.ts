import type { Bytes } from '../units.js';

/** Free space on the disk of an embedded database. */
export interface DiskSpace {
  /** The checked folder. */
  readonly path: string;
  readonly freeBytes: Bytes;
  /** `low`: warn. `full`: buy nothing, so that open positions can still be managed. */
  readonly state: 'ok' | 'low' | 'full';
}

/** Below this a warning is logged. */
export const LOW_BYTES = 1_000_000_000;
/** Below this nothing is bought. */
export const FULL_BYTES = 200_000_000;

/** Free space with its state. */
export const diskSpace = (path: string, freeBytes: Bytes): DiskSpace => ({
  path,
  freeBytes,
  state: freeBytes < FULL_BYTES ? 'full' : freeBytes < LOW_BYTES ? 'low' : 'ok',
});

/** The problem with the free space, in a sentence; null if there is none. */
export const diskTrouble = ({ path, freeBytes, state }: DiskSpace): string | null =>
  state === 'ok'
    ? null
    : `the disk has ${Math.floor(freeBytes / 1e6)} MB left at ${path}: ${state === 'full' ? 'nothing is bought until there are 200' : 'below 200 nothing is bought'}`;
