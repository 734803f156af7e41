import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and its missing parents. Throws the system's error; a file or a broken link in its
 * place is EEXIST. Not with the system's own `recursive`, which never returns if a folder cannot be
 * made although its parent exists, as in /proc.
 */
export const makeFolder = (folder: string, mode = 0o777): void => {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || above === folder || existsSync(above)) throw error;
    makeFolder(above);
    mkdirSync(folder, { mode });
  }
};
