import { appendFile } from 'node:fs/promises';
import type { Log } from '../ops/log.js';
import { reasonOf } from './file-reasons.js';

/**
 * Appends lines to a text file, which it creates. Never rejects: a failure is logged, and the lines
 * are lost.
 */
export const appendLines = async (file: string, lines: readonly string[], log: Pick<Log, 'warn'>): Promise<void> => {
  if (lines.length === 0) return;
  try {
    await appendFile(file, lines.map(line => `${line}\n`).join(''));
  } catch (error) {
    log.warn({ repeatKey: `append ${file}` }, `cannot append to ${file} (${reasonOf(error)}): its lines are lost`);
  }
};
