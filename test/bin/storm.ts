import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serverIn } from '../world/database/bots.js';
import { startRun, writeConfig, type LiveRun } from './live-run.js';

/** What is left of runs when all of them have ended. */
export interface Remains {
  /** Command lines that name the folder. */
  readonly processes: readonly string[];
  /** Of the embedded database. */
  readonly servers: readonly number[];
  /** In the data folder and those below it that are small: `socket`, `users`. */
  readonly files: readonly string[];
  /** In the folder for temporary files, caches of code apart. */
  readonly temporary: readonly string[];
}

/** A place for runs of their own, with all that they may leave. */
export const openStorm = (folder: string) => {
  const config = writeConfig(folder);
  const temporary = join(folder, 'tmp');
  const dataDir = join(folder, 'data', 'simulated-1');
  mkdirSync(temporary);
  const env = { BOT_DATA_DIR: join(folder, 'data'), TMPDIR: temporary };
  const start = (...args: readonly string[]): LiveRun =>
    startRun(
      ['--config', config, '--simulate', '--speed', '120', '--no-limits', '--symbols', 'BTC/USD,ETH/USD', ...args],
      { env, cwd: folder },
    );

  const remains = (): Remains => {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
    const below = (name: string) => readdirSync(join(dataDir, name)).map(file => `${name}/${file}`);
    return {
      processes: table.filter(line => line.includes(folder) && !line.includes('ps -A')),
      servers: serverIn(dataDir),
      files: [...readdirSync(dataDir), ...below('socket'), ...below('users')].sort(),
      temporary: readdirSync(temporary).filter(name => !/^(node-compile-cache|tsx-)/.test(name)),
    };
  };

  return {
    dataDir,
    start,
    remains,
    /** Starts a run so many times and kills its supervisor each time, within so much time. */
    rage: async (times: number, maxMs: number): Promise<void> => {
      for (let n = 0; n < times; n++) {
        const run = start();
        await pause(maxMs * Math.random());
        run.process.kill('SIGKILL');
        await run.ended;
      }
    },
    /** What the embedded database's server has logged. */
    serverLog: (): string => readFileSync(join(dataDir, 'postgres.log'), 'utf8'),
  };
};
