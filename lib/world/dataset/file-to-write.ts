import { createHash } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../folders.js';

/** A complete file. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a file in portions, under a temporary name in `draftFolder` first: it gets its own name
 * only when it is complete. Throws the system's error, and leaves nothing behind then.
 */
export const writePortions = (path: string, portions: Iterable<Uint8Array>, draftFolder = dirname(path)): Written => {
  makeFolder(dirname(path));
  makeFolder(draftFolder);
  const draft = join(draftFolder, `.${basename(path).replace(/^\./, '')}.tmp`);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const fd = openSync(draft, 'w');
    try {
      for (const portion of portions) {
        hash.update(portion);
        for (let at = 0; at < portion.length;) at += writeSync(fd, portion, at);
        bytes += portion.length;
      }
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
};
