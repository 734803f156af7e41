import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FILE_REASONS } from '../file-reasons.js';

/** Why rows could not be archived, with the place. They stay in the database. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
}

const REASONS: Readonly<Record<string, string>> = FILE_REASONS;

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

/** An error of the file system as an `ArchiveFault`; any other error as it is. */
const faultOf = (path: string, error: unknown): unknown => {
  const code = codeOf(error);
  return typeof code === 'string' && /^E[A-Z]+$/.test(code)
    ? new ArchiveFault(`${path}: ${REASONS[code] ?? 'it cannot be used'} (${code})`)
    : error;
};

/** The content of a file; null if there is none. Throws `ArchiveFault` if it cannot be read. */
export const readIfThere = async (path: string): Promise<Uint8Array | null> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw faultOf(path, error);
  }
};

const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Makes a folder and its parents, down to the disk. Not with `recursive`, which never returns if
 * one cannot be made though its parent exists.
 */
const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
  await sync(dirname(folder));
};

/**
 * Writes a file completely or not at all: under a temporary name, down to the disk, read back by
 * `check` from there, and only then renamed. Throws the errors of `check`, and `ArchiveFault` if
 * the file system refuses; then nothing is left behind.
 */
export const writeChecked = async (
  path: string,
  content: Uint8Array,
  check: (bytes: Uint8Array) => Promise<void>,
): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    await makeFolder(dirname(path));
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await check(await readFile(temporary));
    await rename(temporary, path);
    await sync(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw faultOf(path, error);
  }
};
