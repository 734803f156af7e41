import { statfs } from 'node:fs/promises';
import { UserError } from '../errors.js';
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

/** What PostgreSQL says where it cannot write any more. */
export const DISK_FULL = '53100';

/** A database's disk in words: its folder and what is free there, or the server that has it. */
export const diskName = async (database: Pick<Database, 'dataDir' | 'title'>): Promise<string> => {
  const space = await roomOf(database);
  return space ? `${Math.floor(space.freeBytes / 1e6)} MB free at ${space.path}` : database.title;
};

/** What a command ends with whose database could not write for want of room; null for any other error. */
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
