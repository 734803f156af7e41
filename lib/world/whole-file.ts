import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeAll } from './log/output.js';
import { randomHex } from './random.js';

const synced = (path: string, flags: 'r' | 'wx', work: (fd: number) => void = () => undefined): void => {
  const fd = openSync(path, flags, 0o600);
  try {
    work(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
};

/**
 * Writes a small file completely or not at all, down to the disk: under a temporary name first. If
 * that fails, the previous file stays as it was and nothing is left behind. Throws the system's
 * error.
 */
export const writeWhole = (path: string, text: string, mode: number): void => {
  const draft = `${path}.${randomHex(6)}`;
  try {
    synced(draft, 'wx', fd => {
      fchmodSync(fd, mode); // open obeys the umask
      writeAll(fd, text);
    });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  synced(dirname(path), 'r');
};
