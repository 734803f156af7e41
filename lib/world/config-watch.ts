import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { draftOf } from '../settings/draft.js';
import type { FileReading } from '../settings/reload.js';
import { configurationFrom, MAX_BYTES, shortName, textOf, unreadable } from './config-file.js';
import { environment } from './environment.js';
import { isOutOfFiles } from './open-files.js';

const readBytes = async (file: string, name: string, seen: { linked: boolean }): Promise<Buffer> => {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe without a writer would never open
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (!stats.isFile())
      throw new UserError([`${name}: found a pipe or a device, expected a file that can be read again`]);
    // A file that is mounted by itself stays the old one when it is replaced outside: the new one
    // is not visible in here.
    if (stats.nlink === 0 && seen.linked)
      throw new UserError([
        `${name}: found a file that was replaced or deleted behind its mount, expected the new one: mount its folder instead, and restart`,
      ]);
    if (stats.nlink > 0) seen.linked = true; // some file systems never count links
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
};

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');

const refusal = (content: string, error: unknown, text: string | null): FileReading => {
  if (!(error instanceof UserError)) throw error;
  return { content, problems: error.lines, draft: text === null ? null : draftOf(text, environment()) };
};

const interpret = (bytes: Buffer, content: string, name: string): FileReading => {
  let text: string | null = null;
  try {
    text = textOf(bytes, name);
    return { content, configuration: configurationFrom(text, name) };
  } catch (error) {
    return refusal(content, error, text);
  }
};

/**
 * Reads a configuration file repeatedly: each call returns its current content. It is always opened
 * by its name, so that editors that replace it, changed links and mounted folders make no
 * difference. It never rejects because of the file.
 */
export const configurationReader = (file: string): (() => Promise<FileReading>) => {
  const name = shortName(file);
  const seen = { linked: false };
  let last: FileReading | undefined;
  return async () => {
    try {
      const bytes = await readBytes(file, name, seen);
      const content = sha256(bytes);
      return last?.content === content ? last : (last = interpret(bytes, content, name));
    } catch (error) {
      if (last && isOutOfFiles(error)) return last; // not an edit
      const reason = error instanceof UserError ? error : unreadable(error, name);
      return refusal(sha256(reason.message), reason, null);
    }
  };
};
