import { UserError } from '../../errors.js';
import { isOutOfFiles } from '../open-files.js';
import { RefusedFile } from './refused-file.js';

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  EIO: 'the disk reports an error',
  Z_BUF_ERROR: 'it is truncated: the compressed data end too early. Download it again',
  Z_DATA_ERROR: 'its compressed data are damaged. Download it again',
};

/**
 * Turns a failure to read a user's file into a `UserError`; other errors are thrown as they are.
 */
export const unreadable = (name: string, error: unknown): never => {
  if (error instanceof UserError || !(error instanceof Error) || isOutOfFiles(error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  throw new RefusedFile(name, 'damaged', `${CAUSES[code] ?? `cannot be read (${error.message})`}.`);
};
