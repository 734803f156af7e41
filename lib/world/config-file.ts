import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { relative, resolve } from 'node:path';
import { UserError } from '../errors.js';
import type { GivenKey } from '../settings/given.js';
import { overridesIn, readSettings } from '../settings/read.js';
import type { Configuration } from '../settings/settings.js';
import { fileName } from '../settings/wording.js';
import { environment } from './environment.js';
import { outOfFiles } from './open-files.js';
import { packageFolder } from './package-folder.js';

const FILE_NAME = 'config.yaml';
/** Maximum size of a configuration file in bytes. */
export const MAX_BYTES = 256 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'a file that may not be read',
  EPERM: 'a file that may not be read',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through something that is no folder',
};

/**
 * Reads at most one byte more than the limit, so that neither a device nor a huge file is read
 * whole.
 */
const readBytes = (file: string): Buffer => {
  const bytes = Buffer.alloc(MAX_BYTES + 1);
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

/** Describes a file that could not be read; by default a configuration. */
export const unreadable = (
  error: unknown,
  name: string,
  expected = 'a configuration file (--config names another one)',
): UserError => {
  const full = outOfFiles(error);
  if (full) return full;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const found = REASONS[code] ?? `an error (${code})`;
  return new UserError([`${name}: found ${found}, expected ${expected}`]);
};

const readOnce = (file: string, name: string, expected?: string): Buffer => {
  try {
    return readBytes(file);
  } catch (error) {
    throw unreadable(error, name, expected);
  }
};

/**
 * The text of a file's bytes, by default a configuration's. Throws `UserError` if they are too many
 * or not UTF-8.
 */
export const textOf = (
  bytes: Buffer,
  name: string,
  expected = 'a configuration (config.yaml has about 10 kB)',
): string => {
  if (bytes.length > MAX_BYTES) throw new UserError([`${name}: found more than 256 kB, expected ${expected}`]);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError([`${name}: found bytes that are not UTF-8, expected a text file`]);
  }
};

/** A file's name in messages: relative to the working folder if it is in it. */
export const shortName = (file: string): string => {
  const short = relative(process.cwd(), file);
  return fileName(short.startsWith('..') || short === '' ? file : short);
};

/**
 * The text of a file that a user names. Throws `UserError` if it cannot be read, is too large or
 * not UTF-8.
 */
export const readTextFile = (path: string, expected: string): { readonly text: string; readonly name: string } => {
  const file = resolve(path);
  const name = shortName(file);
  return { text: textOf(readOnce(file, name, expected), name, expected), name };
};

/**
 * The configuration of a text in this process's environment. Folders in the file are relative to
 * the package's folder, so that every configuration finds the same data; those of the environment
 * to the working folder; `~` is the home folder. All are absolute in the settings and as written in
 * the document. Throws a `UserError` (exit code 2) that names every problem.
 */
export const configurationFrom = (text: string, name: string, given: readonly GivenKey[] = []): Configuration => {
  const env = environment();
  const { settings, document, hash } = readSettings(text, name, env, given);

  const overridden = new Set(overridesIn(env).map(({ key }) => key));
  const absolute = (key: string, folder: string) =>
    resolve(
      overridden.has(key) ? process.cwd() : packageFolder(),
      folder.replace(/^~(?=\/|$)/, () => homedir()),
    );
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
  });
};

/**
 * Reads the configuration: the file at `path`, else `config.yaml` of the working folder, else the
 * package's own, with the keys that the command line gives. Throws a `UserError` (exit code 2) that names every problem.
 */
export const loadConfiguration = (
  path?: string,
  given: readonly GivenKey[] = [],
): Configuration & { readonly file: string } => {
  const here = resolve(FILE_NAME);
  const file = path !== undefined ? resolve(path) : existsSync(here) ? here : resolve(packageFolder(), FILE_NAME);
  const name = shortName(file);
  return Object.freeze({ ...configurationFrom(textOf(readOnce(file, name), name), name, given), file });
};
