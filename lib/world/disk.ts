import { statfs } from 'node:fs/promises';
import { diskSpace, type DiskSpace } from '../retention/disk.js';

/** How much room a folder's disk has for us; null where nobody can tell. */
export const roomAt = async (folder: string): Promise<DiskSpace | null> => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return diskSpace(folder, bavail * bsize);
  } catch {
    return null;
  }
};
