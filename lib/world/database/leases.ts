import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../folders.js';
import { randomHex } from '../random.js';
import { isLive, processId } from './processes.js';

const folderOf = (root: string): string => join(root, 'users');

/** Registers this process as a user of the server. Call under the lock. Returns the lease. */
export const takeLease = (root: string): string => {
  makeFolder(folderOf(root), 0o700);
  const lease = join(folderOf(root), `${processId(process.pid) ?? ''}_${randomHex(6)}`);
  writeFileSync(lease, '');
  return lease;
};

/**
 * Returns a lease and the number of live users that remain. Call under the lock. The leases of
 * killed processes are removed.
 */
export const returnLease = (root: string, lease: string): number => {
  rmSync(lease, { force: true });
  const leases = readdirSync(folderOf(root));
  const live = leases.filter(name => isLive(name.slice(0, name.indexOf('_'))));
  for (const name of leases) if (!live.includes(name)) rmSync(join(folderOf(root), name), { force: true });
  return live.length;
};

/** Returns a lease while other users remain. */
export const dropLease = (lease: string): Promise<void> => rm(lease, { force: true });
