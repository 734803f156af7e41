import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../folders.js';
import { randomHex } from '../random.js';
import { isLive, processId } from './processes.js';

const folderOf = (root: string): string => join(root, 'users');

/** Says that this process uses the server. Call under the lock. Returns the lease. */
export const takeLease = (root: string): string => {
  makeFolder(folderOf(root), 0o700);
  const lease = join(folderOf(root), `${processId(process.pid) ?? ''}_${randomHex(6)}`);
  writeFileSync(lease, '');
  return lease;
};

/** Gives a lease back and says how many live users remain. Call under the lock. The leases of killed processes are removed. */
export const returnLease = (root: string, lease: string): number => {
  rmSync(lease, { force: true });
  const leases = readdirSync(folderOf(root));
  const live = leases.filter(name => isLive(name.slice(0, name.indexOf('_'))));
  for (const name of leases) if (!live.includes(name)) rmSync(join(folderOf(root), name), { force: true });
  return live.length;
};

/** Gives a lease back where other users stay: whoever counts them meanwhile finds those. */
export const dropLease = (lease: string): Promise<void> => rm(lease, { force: true });
