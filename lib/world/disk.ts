import { statfs } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { diskSpace, type DiskSpace } from '../ops/disk.js';
import type { Database } from './database/index.js';

/** Free space of a folder's disk for this user; null if it cannot be determined. */
export const roomAt = async (folder: string): Promise<DiskSpace | null> => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return diskSpace(folder, bavail * bsize);
  } catch {
    return null;
  }
};

/** Free space of an embedded database's disk; null for an external one, whose disk is not ours. */
export const roomOf = async ({ dataDir }: Pick<Database, 'dataDir'>): Promise<DiskSpace | null> =>
  dataDir === undefined ? null : roomAt(dataDir);

/** PostgreSQL's code for a full disk. */
export const DISK_FULL = '53100';

/** A database's disk in words: its folder and free space, or its server. */
export const diskName = async (database: Pick<Database, 'dataDir' | 'title'>): Promise<string> => {
  const space = await roomOf(database);
  return space ? `${Math.floor(space.freeBytes / 1e6)} MB free at ${space.path}` : database.title;
};

/** The error of a command whose database had no space to write; null for any other error. */
export const diskFullFault = async (
  error: unknown,
  database: Pick<Database, 'dataDir' | 'title'>,
): Promise<UserError | null> =>
  error instanceof Error && (error as { code?: unknown }).code === DISK_FULL
    ? new UserError(
        [
          `The database's disk is full (${await diskName(database)}): the last write is not stored.`,
          'Free some space there and try again.',
        ],
        1,
      )
    : null;
