import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing. Throws what the system says; a file or a link that leads nowhere in
 * its place is EEXIST. Not by the system's own `recursive`: that one never ends where a folder cannot be made although its
 * parent exists, as in /proc.
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
