import { spawn } from 'node:child_process';
import { chownSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Aborted, UserError } from '../../errors.js';
import { roomAt } from '../disk.js';
import { tooFewFiles } from '../open-files.js';
import { randomHex } from '../random.js';
import { writeWhole } from '../whole-file.js';
import { commandAs, type Account } from './account.js';
import { program, type Binaries } from './binaries.js';
import { codeOf } from './connection.js';

/** The one superuser of an embedded database, and the database that the bot uses. */
export const USER = 'bot';
/** Name of the database within an embedded cluster. */
export const DATABASE = 'crypto_bot';

/** PostgreSQL's message if it may open too few files. */
export const FEW_FILES = 'insufficient file descriptors';

const DRAFT = 'pg.new-';

/** Reads the password of the embedded server. Throws `UserError` if it is lost. */
export const readPassword = (root: string): string => {
  try {
    return readFileSync(join(root, 'password'), 'utf8').trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UserError(
      [
        `The embedded database in ${root} exists, but its password is missing (file 'password').`,
        `Restore that file from a backup, or move ${join(root, 'pg')} away to begin with an empty database.`,
      ],
      1,
    );
  }
};

const makePassword = (path: string, account: Account): void => {
  if (!existsSync(path)) writeWhole(path, randomHex(24), 0o600);
  if (account.kind === 'user') chownSync(path, account.uid, account.gid); // initdb reads it
};

const run = (account: Account, file: string, args: readonly string[], signal?: AbortSignal): Promise<string | null> =>
  new Promise((resolve, reject) => {
    const command = commandAs(account, file, args);
    const child = spawn(command.file, command.args, {
      ...command.options,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
    const abort = () => child.kill('SIGINT');
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', reject);
    child.once('close', code => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(new Aborted());
      else resolve(code === 0 ? null : said.trim());
    });
  });

/** A new cluster takes about 45 MB, and its first start a little more. */
const ROOM_BYTES = 100e6;

/**
 * Why initdb failed. It may abort on a full disk without naming the cause, so that the free space
 * counts as well: it is measured after initdb has removed its files.
 */
const notMade = async (root: string, complaint: string): Promise<UserError> => {
  const space = await roomAt(root);
  const isFull = complaint.includes('No space left on device') || (space !== null && space.freeBytes < ROOM_BYTES);
  return new UserError(
    isFull
      ? [
          `The disk of ${root} is full: the embedded database could not be made.`,
          `Free at least ${ROOM_BYTES / 1e6} MB and try again.`,
        ]
      : [`The embedded database could not be made in ${root}:`, ...complaint.split('\n').slice(-3)],
    1,
  );
};

const initialise = async (
  root: string,
  account: Account,
  binaries: Binaries,
  durable: boolean,
  signal?: AbortSignal,
): Promise<void> => {
  const password = join(root, 'password');
  makePassword(password, account);
  const draft = join(root, `${DRAFT}${randomHex(6)}`);
  const args = [
    '-D',
    draft,
    '-U',
    USER,
    '--pwfile',
    password,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    const complaint = await run(account, program(binaries, 'initdb'), args, signal);
    if (complaint?.includes(FEW_FILES)) throw tooFewFiles('The embedded database');
    if (complaint !== null) throw await notMade(root, complaint);
    renameSync(draft, join(root, 'pg'));
  } finally {
    rmSync(draft, { recursive: true, force: true, maxRetries: 3 });
  }
};

const checkVersion = (root: string, binaries: Binaries): void => {
  const cluster = join(root, 'pg');
  const file = join(cluster, 'PG_VERSION');
  if (!existsSync(file))
    throw new UserError(
      [`${cluster} holds files, but no database cluster.`, 'Move it away, or set BOT_DATA_DIR to another folder.'],
      1,
    );
  const made = readFileSync(file, 'utf8').trim();
  const [major] = binaries.version.split('.');
  if (made !== major)
    throw new UserError(
      [
        `The embedded database in ${root} was made by PostgreSQL ${made}, but PostgreSQL ${binaries.version} is installed.`,
        `Install the crypto-bot that came with PostgreSQL ${made}; or move ${cluster} away to begin with an empty database;`,
        `or run PostgreSQL ${made} on ${cluster} yourself and set DATABASE_URL to it.`,
      ],
      1,
    );
};

/**
 * Makes sure that the folder `pg` of `root` holds a complete database cluster of the right version.
 * Call under the lock, so that no other process makes one then. A cluster appears by one rename: a
 * killed initdb leaves only a draft, which the next one removes.
 */
export const prepareCluster = async (
  root: string,
  account: Account,
  binaries: Binaries,
  {
    durable,
    onProgress,
    signal,
  }: { durable: boolean; onProgress?: ((line: string) => void) | undefined; signal?: AbortSignal | undefined },
): Promise<void> => {
  for (const name of readdirSync(root).filter(each => each.startsWith(DRAFT) || each.startsWith('password.')))
    rmSync(join(root, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  const cluster = join(root, 'pg');
  if (existsSync(cluster) && readdirSync(cluster).length > 0) {
    checkVersion(root, binaries);
    return;
  }
  onProgress?.('Making the embedded database (first start)');
  await initialise(root, account, binaries, durable, signal);
};
