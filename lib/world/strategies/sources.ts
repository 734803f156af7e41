import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { UserError } from '../../errors.js';
import type { FileReading } from '../../settings/reload.js';
import type { StrategyEntry } from '../../settings/strategy-entry.js';
import { MOMENTUM_SETUP } from '../../strategy/setup.js';
import { bundleStrategy } from './bundle.js';

/** Whether a strategy is made of a file. */
export const isOfFile = ({ use }: Pick<StrategyEntry, 'use'>): boolean => use !== MOMENTUM_SETUP.use;

/** The file of an entry, found from the folder of the configuration file. */
export const strategyPath = (file: string, { use }: Pick<StrategyEntry, 'use'>): string =>
  relative(process.cwd(), resolve(dirname(file), use));

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

const contentOf = async (path: string): Promise<string> => {
  try {
    return sha256(await readFile(path));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
};

/**
 * The files that strategies are made of, watched for changes. Those of a strategy that could not be
 * bundled are not known: then it is bundled again and again.
 */
export class StrategySources {
  /** By the strategy's path; null where they are not known. */
  private readonly files = new Map<string, readonly string[] | null>();

  /** The files of a strategy are these. */
  read(path: string, files: readonly string[]): void {
    this.files.set(path, files);
  }

  /** The files of a strategy are not known. */
  failed(path: string): void {
    this.files.set(path, null);
  }

  /** A text that changes with any file of a strategy. */
  async printOf(path: string): Promise<string> {
    const files = this.files.get(path) ?? (this.files.has(path) ? null : [path]);
    if (files) return (await Promise.all(files.map(contentOf))).join(' ');
    try {
      return (await bundleStrategy(path)).hash;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return sha256(error.lines.join('\n'));
    }
  }
}

/**
 * Reads the configuration file `file` by `read`, and the files of the strategies that it names: the
 * content of a reading changes with any of them.
 */
export const readingWithSources =
  (file: string, read: () => Promise<FileReading>, sources: StrategySources): (() => Promise<FileReading>) =>
  async () => {
    const reading = await read();
    if ('problems' in reading) return reading;
    const entries = reading.configuration.settings.strategies.filter(isOfFile);
    if (entries.length === 0) return reading;
    const paths = [...new Set(entries.map(entry => strategyPath(file, entry)))];
    const prints = await Promise.all(paths.map(path => sources.printOf(path)));
    return { ...reading, content: sha256([reading.content, ...prints].join('\n')) };
  };
