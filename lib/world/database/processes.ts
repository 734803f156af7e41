import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { isOutOfFiles } from '../open-files.js';
import * as darwin from './processes-darwin.js';

const readOr = (path: string, otherwise: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isOutOfFiles(error)) throw error; // the process may well exist
    return otherwise;
  }
};

const startOf = (pid: number): string | null => {
  const stat = readOr(`/proc/${pid}/stat`, '');
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const boot = readOr('/proc/sys/kernel/random/boot_id', '').slice(0, 8);
  return stat === '' || state === 'Z' || state === 'X' ? null : `${rest[18] ?? ''}.${boot}`;
};

/**
 * Root without CAP_SYS_PTRACE (usual in containers) must not inspect another user's process: that
 * user may.
 */
const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || process.getuid?.() !== 0) return '';
    const { uid, gid } = statSync(path.slice(0, path.lastIndexOf('/')), { throwIfNoEntry: false }) ?? {
      uid: 0,
      gid: 0,
    };
    const { status, stdout, error: fault } = spawnSync('readlink', [path], { uid, gid, encoding: 'utf8' });
    if (isOutOfFiles(fault)) throw fault!;
    return status === 0 ? stdout.trim() : '';
  }
};

const postgresIn = (folder: string): readonly number[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && readOr(`/proc/${name}/comm`, '') === 'postgres')
    .filter(name => linkOf(`/proc/${name}/cwd`) === folder)
    .filter(name => /\/postgres( \(deleted\))?$/.test(linkOf(`/proc/${name}/exe`)))
    .map(Number);

const linux = { startOf, postgresIn };
const table = process.platform === 'linux' ? linux : darwin;

/**
 * A permanent name of a process (a pid alone is reused), or null if no such process lives. Zombies
 * do not count as alive.
 */
export const processId = (pid: number): string | null => {
  const start = table.startOf(pid);
  return start === null ? null : `${pid}-${start}`;
};

/** Whether the process that `processId` named still lives. */
export const isLive = (id: string): boolean => {
  const pid = Number.parseInt(id, 10);
  return pid > 0 && processId(pid) === id;
};

/** The pids of live PostgreSQL processes whose working folder is `folder`, a real path. */
export const postgresProcessesIn = (folder: string): readonly number[] => table.postgresIn(folder);
