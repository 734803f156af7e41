import { writeFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { FILE_REASONS, reasonOf } from './file-reasons.js';

/**
 * Replaces a file's content by a text. Throws `UserError`, naming the option with the file's name,
 * if that fails.
 */
export const writeTextFile = async (option: string, path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new UserError([`${option} ${path}: ${FILE_REASONS[code]}.`, 'Free some space and try again.'], 1);
    const reason = code === 'ENOENT' ? 'ENOENT: its folder does not exist' : reasonOf(error);
    throw new UserError([`${option} ${path}: cannot write there (${reason})`]);
  }
};
