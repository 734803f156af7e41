import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors.js';
import { elapsed } from '../clock.js';
import { codeOf } from './connection.js';
import { postgresProcessesIn } from './processes.js';

const POLL_MS = 20;
const FAST_MS = 20_000;
const IMMEDIATE_MS = 10_000;

const signalTo = (pid: number, signal: 'SIGINT' | 'SIGQUIT'): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
};

const emptyWithin = async (cluster: string, ms: number): Promise<boolean> => {
  const began = elapsed();
  while (postgresProcessesIn(cluster).length > 0) {
    if (elapsed() - began > ms) return false;
    await sleep(POLL_MS);
  }
  return true;
};

/**
 * Stops the server `pid` of a cluster folder, if it runs: a fast shutdown, after 20 s an immediate
 * one (which the next start recovers from), never SIGKILL. Resolves when all its processes are
 * gone. Throws `UserError` if they stay.
 */
export const stopServer = async (cluster: string, pid: number): Promise<void> => {
  if (!postgresProcessesIn(cluster).includes(pid)) return;
  signalTo(pid, 'SIGINT');
  if (await emptyWithin(cluster, FAST_MS)) return;
  signalTo(pid, 'SIGQUIT');
  if (await emptyWithin(cluster, IMMEDIATE_MS)) return;
  throw new UserError(
    [`The embedded database (process ${pid}) does not stop.`, 'Nothing is lost: the next start takes it over.'],
    1,
  );
};
