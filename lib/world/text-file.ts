import { writeFile } from 'node:fs/promises';
import { UserError } from '../errors.js';

/** Writes a text into a file, in place of what it held. Throws `UserError`, naming the option that named it, where that cannot be done. */
export const writeTextFile = async (option: string, path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw error;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'its folder does not exist',
      ENOTDIR: 'its folder is none',
      EISDIR: 'it is a folder',
      EACCES: 'it may not be written',
      EROFS: 'it may not be written',
    };
    throw new UserError([`${option} ${path}: ${reasons[code] ?? `it cannot be written (${code})`}`]);
  }
};
