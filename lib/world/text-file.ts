import { stat, writeFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { FILE_REASONS, reasonOf } from './file-reasons.js';
import { writeWhole } from './whole-file.js';

const failure = (option: string, path: string, error: unknown): UserError => {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError([`${option} ${path}: ${FILE_REASONS[code]}.`, 'Free some space and try again.'], 1);
  const reason = code === 'ENOENT' ? 'ENOENT: its folder does not exist' : reasonOf(error);
  return new UserError([`${option} ${path}: cannot write there (${reason})`]);
};

/**
 * Replaces a file's content by a text. Throws `UserError`, naming the option with the file's name,
 * if that fails.
 */
export const writeTextFile = async (option: string, path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw failure(option, path, error);
  }
};

/** Throws `UserError`, naming the option with the file's name, if there is such a file already. */
export const checkNewFile = async (option: string, path: string): Promise<void> => {
  const found = await stat(path).catch(() => null);
  if (found)
    throw new UserError([
      `${option} ${path}: found a ${found.isDirectory() ? 'folder' : 'file'} there, which is not overwritten: name another file`,
    ]);
};

const NEW_FILE_MODE = 0o644;

/**
 * Writes a new file, completely or not at all. Throws `UserError`, naming the option with the file's
 * name, if there is one already, or if that fails.
 */
export const writeNewFile = async (option: string, path: string, text: string): Promise<void> => {
  await checkNewFile(option, path);
  try {
    writeWhole(path, text, NEW_FILE_MODE);
  } catch (error) {
    throw failure(option, path, error);
  }
};
