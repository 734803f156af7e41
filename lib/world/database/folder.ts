import { chmodSync, lchownSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { FILE_REASONS } from '../file-reasons.js';
import { makeFolder } from '../folders.js';
import { codeOf } from './connection.js';

const ELSEWHERE = 'Set BOT_DATA_DIR to a folder elsewhere, or DATABASE_URL to a PostgreSQL that runs already.';

const FILE_REASONS_BY_CODE: Readonly<Record<string, string>> = FILE_REASONS;

/**
 * Why the folder cannot be used; undefined for an error that is not the user's. A file in the way
 * is named as one.
 */
const reasonFor = (dataDir: string, error: unknown): string | undefined => {
  const { path } = error as NodeJS.ErrnoException;
  const isFileInTheWay = codeOf(error) === 'EEXIST' && path !== undefined && lstatSync(path).isFile();
  if (!isFileInTheWay) return FILE_REASONS_BY_CODE[codeOf(error)];
  return path === dataDir ? 'that is a file, not a folder' : FILE_REASONS.ENOTDIR;
};

/**
 * The mistake behind a failed file operation on the data folder, or null if it is not the user's.
 */
export const folderFault = (dataDir: string, error: unknown): UserError | null => {
  const reason = reasonFor(dataDir, error);
  // a missing file may be one of the server's
  const isOfAnother = codeOf(error) === 'ENOENT' && (error as NodeJS.ErrnoException).syscall !== 'mkdir';
  return reason === undefined || isOfAnother
    ? null
    : new UserError([`The data folder ${dataDir} cannot be used: ${reason} (${codeOf(error)}).`, ELSEWHERE], 1);
};

/** Content of the data folder. Anything else there belongs to others. */
const OURS = ['pg', 'password', 'socket', 'users', 'postgres.log', 'postgres.log.1'];

/**
 * Makes the data folder, readable by its owner only, and returns its real path. A folder with
 * content keeps its mode.
 */
export const makeDataFolder = (dataDir: string): string => {
  makeFolder(dirname(dataDir));
  makeFolder(dataDir, 0o700);
  const root = realpathSync(dataDir);
  const { uid } = lstatSync(root);
  const me = process.getuid?.();
  if (me !== 0 && uid !== me)
    throw new UserError(
      [
        `The data folder ${dataDir} belongs to another user (uid ${uid}).`,
        `Run as that user, or give it to yourself: sudo chown -R $(id -u) '${dataDir}'`,
      ],
      1,
    );
  if (readdirSync(root).length === 0) chmodSync(root, 0o700); // mkdir obeys the umask
  return root;
};

/** Gives a file, or a folder with its content, to another user. Root only. */
export const giveTree = (path: string, uid: number, gid: number): void => {
  lchownSync(path, uid, gid);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTree(join(path, name), uid, gid);
};

/** Whether the data folder and our content of it all belong to `uid`. */
export const belongsTo = (root: string, uid: number): boolean =>
  [root, ...OURS.map(name => join(root, name))].every(
    path => (lstatSync(path, { throwIfNoEntry: false })?.uid ?? uid) === uid,
  );

/**
 * Gives the data folder and our content of it to another user, root only. Refuses (false) a folder
 * that initially belonged to another user.
 */
export const giveAway = (root: string, uid: number, gid: number): boolean => {
  const names = readdirSync(root);
  if (names.some(name => !OURS.includes(name) && !/^(pg\.new-|binaries-|lock)/.test(name)) && !names.includes('pg'))
    return false;
  lchownSync(root, uid, gid);
  for (const name of names.filter(each => OURS.includes(each))) giveTree(join(root, name), uid, gid);
  return true;
};
