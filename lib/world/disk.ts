import { statfs } from 'node:fs/promises';
import { diskSpace, type DiskSpace } from '../retention/disk.js';
import type { Database } from './database/index.js';

/** How much room a folder's disk has for us; null where nobody can tell. */
export const roomAt = async (folder: string): Promise<DiskSpace | null> => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return diskSpace(folder, bavail * bsize);
  } catch {
    return null;
  }
};

/** The room on an embedded database's disk; null for another one's, which is not ours to look at. */
export const roomOf = async ({ dataDir }: Pick<Database, 'dataDir'>): Promise<DiskSpace | null> =>
  dataDir === undefined ? null : roomAt(dataDir);
