import { closeSync, fstatSync, openSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DurationMs } from '../../units.js';
import { makeFolder } from '../folders.js';
import { writeAll, type Output } from './output.js';

/** How much of a log is kept. */
export interface FileRules {
  readonly maxBytes: number;
  /** This many files in all: NAME, NAME.1 … with the oldest last. */
  readonly files: number;
  /** After a failure the file is not tried for this long. */
  readonly retryMs: DurationMs;
}

/** Default rules of a log file. */
export const FILE_RULES: FileRules = { maxBytes: 20_000_000, files: 5, retryMs: 10_000 };

/**
 * A file that only its owner may read, rotated when it is full; on errors lines are refused and the
 * file is retried later.
 */
export const fileOutput = (path: string, elapsedMs: () => number, rules: FileRules = FILE_RULES): Output => {
  let fd: number | null = null;
  let bytes = 0;
  let torn = false;
  let retryAtMs = -Infinity;

  const close = () => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  const open = (): number => {
    if (fd !== null) return fd;
    makeFolder(dirname(path), 0o700);
    fd = openSync(path, 'a', 0o600);
    bytes = fstatSync(fd).size;
    return fd;
  };
  const rotate = () => {
    close();
    for (let n = rules.files - 1; n > 0; n--)
      try {
        renameSync(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
  };

  return {
    write: line => {
      if (elapsedMs() < retryAtMs) return false;
      try {
        open();
        if (bytes > 0 && bytes + Buffer.byteLength(line) > rules.maxBytes) rotate();
        const before = bytes;
        try {
          writeAll(open(), torn ? `\n${line}` : line, count => (bytes += count));
          torn = false;
        } catch (error) {
          torn ||= bytes > before; // the disk filled up in the middle of this line
          throw error;
        }
        return true;
      } catch {
        retryAtMs = elapsedMs() + rules.retryMs;
        try {
          close();
        } catch {
          fd = null;
        }
        return false;
      }
    },
    close: () => {
      close();
      return Promise.resolve();
    },
  };
};
