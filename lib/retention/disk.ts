import type { Bytes } from '../units.js';

/** Room on the disk of an embedded database. */
export interface DiskSpace {
  /** The folder that was asked about. */
  readonly path: string;
  readonly freeBytes: Bytes;
  /** `low`: it is time to make room. `full`: nothing is bought, so that what is held can still be looked after. */
  readonly state: 'ok' | 'low' | 'full';
}

/** Under this there is a warning. */
export const LOW_BYTES = 1_000_000_000;
/** Under this nothing is bought any more. */
export const FULL_BYTES = 200_000_000;

/** How much room there is, judged. */
export const diskSpace = (path: string, freeBytes: Bytes): DiskSpace => ({
  path,
  freeBytes,
  state: freeBytes < FULL_BYTES ? 'full' : freeBytes < LOW_BYTES ? 'low' : 'ok',
});

/** What is wrong with the room there is, in a sentence; null where nothing is. */
export const diskTrouble = ({ path, freeBytes, state }: DiskSpace): string | null =>
  state === 'ok'
    ? null
    : `the disk has ${Math.floor(freeBytes / 1e6)} MB left at ${path}: ${state === 'full' ? 'nothing is bought until there are 200' : 'below 200 nothing is bought'}`;
