import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aborted, UserError } from '../../errors.js';
import { elapsed } from '../clock.js';
import { randomHex } from '../random.js';
import { codeOf } from './connection.js';
import { isLive, processId } from './processes.js';

const POLL_MS = 50;
const SAY_AFTER_MS = 3_000;
const TIMEOUT_MS = 180_000;

interface Owner {
  readonly id: string;
  readonly nonce: string;
}

const read = (path: string): Owner | null => {
  try {
    const [id = '', nonce = ''] = readlinkSync(path).split(' ');
    return { id, nonce };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    if (codeOf(error) === 'EINVAL') return { id: '', nonce: '' }; // a file: without owner
    throw error;
  }
};

const write = (path: string, { id, nonce }: Owner): void => symlinkSync(`${id} ${nonce}`, path);

/**
 * A dangling symbolic link is complete from its first instant, and needs no space on a full disk. A
 * dead owner's may be replaced only under the lock on breaking exactly that owner's, so that no
 * process ever breaks the lock of the one that broke it first.
 */
const take = (path: string, me: Owner): boolean => {
  try {
    write(path, me);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const owner = read(path);
  if (!owner || isLive(owner.id)) return false;
  const breaking = `${path}.${owner.nonce}`;
  if (!take(breaking, me)) return false;
  const draft = `${path}.${me.nonce}.draft`;
  try {
    if (read(path)?.nonce !== owner.nonce) return false;
    write(draft, me);
    renameSync(draft, path);
    return true;
  } finally {
    rmSync(draft, { force: true });
    rmSync(breaking, { force: true });
  }
};

const sweep = (folder: string): void => {
  for (const name of readdirSync(folder).filter(each => each.startsWith('lock.'))) {
    const owner = read(join(folder, name));
    if (owner && !isLive(owner.id)) rmSync(join(folder, name), { force: true });
  }
};

/**
 * Runs `work` while no other process does so for the same folder. The lock of a killed process is
 * ignored. Throws `UserError` if a live process keeps it for three minutes.
 */
export const withLock = async <T>(
  folder: string,
  work: () => Promise<T>,
  { onProgress, signal }: { onProgress?: ((line: string) => void) | undefined; signal?: AbortSignal | undefined } = {},
): Promise<T> => {
  const path = join(folder, 'lock');
  const me = { id: processId(process.pid) ?? '', nonce: randomHex(8) };
  const began = elapsed();
  let said = false;
  while (!take(path, me)) {
    if (signal?.aborted) throw new Aborted();
    const waited = elapsed() - began;
    const pid = Number.parseInt(read(path)?.id ?? '', 10);
    if (waited > TIMEOUT_MS)
      throw new UserError(
        [
          `Process ${pid} has been starting or stopping the database in ${folder} for minutes.`,
          'End it and try again.',
        ],
        1,
      );
    if (waited > SAY_AFTER_MS && !said) {
      said = true;
      onProgress?.(`Waiting for process ${pid}, which is starting or stopping the database`);
    }
    await sleep(POLL_MS);
  }
  try {
    sweep(folder);
    return await work();
  } finally {
    if (read(path)?.nonce === me.nonce) rmSync(path, { force: true });
  }
};
