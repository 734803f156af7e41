import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { overridesIn, readSettings } from '../settings/read.js';
import type { Configuration } from '../settings/settings.js';
import { fileName } from '../settings/wording.js';
import { environment } from './environment.js';
import { packageFolder } from './package-folder.js';

const FILE_NAME = 'config.yaml';
const MOST_BYTES = 256 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'a file that may not be read',
  EPERM: 'a file that may not be read',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through something that is no folder',
};

/** Reads at most one byte more than is allowed, so that neither a device nor a huge file is swallowed whole. */
const readBytes = (file: string): Buffer => {
  const bytes = Buffer.alloc(MOST_BYTES + 1);
  const descriptor = openSync(file, 'r');
  try {
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += count;
      if (count === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
};

const readText = (file: string, name: string): string => {
  let bytes: Buffer;
  try {
    bytes = readBytes(file);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const found = REASONS[code] ?? `an error (${code})`;
    throw new UserError([`${name}: found ${found}, expected a configuration file (--config names another one)`]);
  }
  if (bytes.length > MOST_BYTES)
    throw new UserError([`${name}: found more than 256 kB, expected a configuration (config.yaml has about 10 kB)`]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError([`${name}: found bytes that are not UTF-8, expected a text file`]);
  }
};

const shortest = (file: string): string => {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') || short === '' ? file : short;
};

/**
 * Reads the configuration: the file at `path`, else `config.yaml` of the working folder, else the package's own.
 * Folders in the file are relative to the package's folder, so that every configuration finds the same data; those of the environment to the working folder; all are absolute
 * in the settings and as written in the document. Throws a `UserError` (exit code 2) that names every problem.
 */
export const loadConfiguration = (path?: string): Configuration & { readonly file: string } => {
  const here = resolve(FILE_NAME);
  const file = path !== undefined ? resolve(path) : existsSync(here) ? here : resolve(packageFolder(), FILE_NAME);
  const name = fileName(shortest(file));
  const env = environment();
  const { settings, document, hash } = readSettings(readText(file, name), name, env);

  const overridden = new Set(overridesIn(env).map(({ key }) => key));
  const absolute = (key: string, folder: string) =>
    resolve(overridden.has(key) ? process.cwd() : packageFolder(), folder);
  const { data, database } = settings;
  const archiveDir = data.archiveDir === null ? null : absolute('data.archive_dir', data.archiveDir);
  const dataDir = absolute('database.data_dir', database.dataDir);
  return Object.freeze({
    settings: Object.freeze({
      ...settings,
      data: Object.freeze({ ...data, archiveDir }),
      database: Object.freeze({ ...database, dataDir }),
    }),
    document,
    hash,
    file,
  });
};
