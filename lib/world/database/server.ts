import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { makeFolder } from '../folders.js';
import { commandAs, type Account } from './account.js';
import { program, type Binaries } from './binaries.js';
import { codeOf } from './connection.js';

/** Where a server listens: a Unix socket's folder, or 127.0.0.1. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const LOG_BYTES = 5_000_000;
const SOCKET_PORT = 5432; // only a part of the socket's file name
const LONGEST_SOCKET = 100; // bytes; the system's limit is 107 on Linux and 103 on macOS

const socketFolder = (root: string): string => join(root, 'socket');

/** The pid and the address in a server's pid file; null if there is none, or an invalid one. */
export const readPidFile = (root: string): { readonly pid: number; readonly address: Address } | null => {
  const path = join(root, 'pg', 'postmaster.pid');
  const [pid = '', , , port = '', , listen = ''] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  if (!/^\d+$/.test(pid) || !/^\d+$/.test(port)) return null;
  return { pid: Number(pid), address: { host: listen.trim() || socketFolder(root), port: Number(port) } };
};

/** Moves the pid file of a server that is gone out of the way. Only when no process of it lives. */
export const clearPidFile = (root: string): void => {
  const path = join(root, 'pg', 'postmaster.pid');
  if (existsSync(path)) renameSync(path, `${path}.stale`);
  for (const name of [`.s.PGSQL.${SOCKET_PORT}`, `.s.PGSQL.${SOCKET_PORT}.lock`])
    rmSync(join(socketFolder(root), name), { force: true });
};

/** A TCP port of 127.0.0.1 that was free a moment ago. Throws `UserError` if none is left. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', error =>
      reject(
        codeOf(error) === 'EADDRINUSE'
          ? new UserError(
              [
                'No TCP port of 127.0.0.1 is free for the embedded database.',
                'End programs that hold many connections, or set BOT_DATA_DIR to a folder with a shorter path (under 75 characters): then no port is needed.',
              ],
              1,
            )
          : error,
      ),
    );
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/**
 * The address of the next server: a Unix socket, which needs no port and is closed to other users,
 * unless its path is too long.
 */
export const chooseAddress = async (root: string, port = freePort): Promise<Address> =>
  Buffer.byteLength(join(socketFolder(root), `.s.PGSQL.${SOCKET_PORT}.lock`)) <= LONGEST_SOCKET
    ? { host: socketFolder(root), port: SOCKET_PORT }
    : { host: '127.0.0.1', port: await port() };

const settings = (root: string, { host, port }: Address, durable: boolean): readonly string[] => {
  const socket = host === socketFolder(root);
  return [
    `listen_addresses=${socket ? '' : host}`,
    `port=${port}`,
    `unix_socket_directories=${socket ? `"${host.replaceAll('"', '""')}"` : ''}`,
    'unix_socket_permissions=0700',
    'ssl=off',
    'max_connections=50',
    'timezone=UTC',
    'log_timezone=UTC',
    'shared_buffers=64MB',
    'max_wal_size=256MB',
    'jit=off',
    'logging_collector=off',
    'log_checkpoints=off',
    'log_min_error_statement=panic', // statements hold values
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
};

/** A server that was just spawned: its log output since, and whether it has ended already. */
export interface Spawned {
  readonly pid: number;
  ended(): boolean;
  /** Whether a signal ended it: it was killed, and has logged no reason. */
  killed(): boolean;
  said(): string;
}

/**
 * Spawns a server that outlives this process and is detached from its terminal. It is not ready
 * yet.
 */
export const spawnServer = (
  root: string,
  account: Account,
  binaries: Binaries,
  address: Address,
  durable: boolean,
): Promise<Spawned> =>
  new Promise((resolve, reject) => {
    makeFolder(socketFolder(root), 0o700);
    chmodSync(socketFolder(root), 0o700);
    if (account.kind === 'user') chownSync(socketFolder(root), account.uid, account.gid);
    const path = join(root, 'postgres.log');
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(path, `${path}.1`);
    const log = openSync(path, 'a', 0o600);
    if (account.kind === 'user') fchownSync(log, account.uid, account.gid);
    const before = fstatSync(log).size;
    const flags = settings(root, address, durable).flatMap(setting => ['-c', setting]);
    const command = commandAs(account, program(binaries, 'postgres'), ['-D', join(root, 'pg'), ...flags]);
    let over = false;
    let endedBy: NodeJS.Signals | null = null;
    const child = spawn(command.file, command.args, {
      ...command.options,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.once('exit', (_, signal) => {
      over = true;
      endedBy = signal;
    });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve({
        pid: child.pid ?? 0,
        ended: () => over,
        killed: () => endedBy !== null,
        said: () => readFileSync(path).subarray(before).subarray(-4_000).toString('utf8').trim(),
      });
    });
  });
