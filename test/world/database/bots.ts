import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../../../lib/world/database/connection.js';
import { openEmbedded, type EmbeddedOptions } from '../../../lib/world/database/embedded.js';
import { postgresProcessesIn } from '../../../lib/world/database/processes.js';
import { readPidFile } from '../../../lib/world/database/server.js';
import { programOf } from '../../support/program.js';

const SCRIPT = fileURLToPath(new URL('bot.ts', import.meta.url));
const PROGRAM = await programOf(SCRIPT);
const NOBODY = 65_534;

export const isRoot = process.getuid?.() === 0;

/** What a bot says when it has opened the database, or why it could not. */
interface Opened {
  readonly title: string;
  readonly connection: Connection;
  readonly uid: number;
  readonly lines?: readonly string[];
  readonly exitCode?: number;
  readonly error?: string;
}

/** A running `bot.ts`. */
export interface Bot {
  readonly child: ChildProcess;
  /** Its first words. */
  readonly opened: Promise<Opened>;
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Lets it close the database and end. */
  close(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

const folders: string[] = [];
const bots: Bot[] = [];

/** A data folder that is not there yet, with a space in its name, in a folder of its own. */
export const newDataDir = (name = 'my data'): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'crypto-bot-')));
  chmodSync(folder, 0o755);
  folders.push(join(folder, name));
  return join(folder, name);
};

let seed: Promise<string> | null = null;
const makeSeed = async (): Promise<string> => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'crypto-bot-seed-')), 'seed');
  process.once('exit', () => rmSync(join(dataDir, '..'), { recursive: true, force: true }));
  await (await openEmbedded({ dataDir, durable: false })).close();
  return dataDir;
};

/** A data folder that was used before and closed well: spares a test the making of it. */
export const usedDataDir = async (name?: string): Promise<string> => {
  const dataDir = newDataDir(name);
  cpSync(await (seed ??= makeSeed()), dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  return dataDir;
};

/** The server's processes in a data folder. */
export const serverIn = (dataDir: string): readonly number[] => postgresProcessesIn(join(dataDir, 'pg'));

/** The process that the server's other processes belong to. */
export const postmasterOf = (dataDir: string): number => readPidFile(dataDir)?.pid ?? 0;

const gone = async (dataDir: string): Promise<void> => {
  while (serverIn(dataDir).length > 0) await new Promise(resolve => setTimeout(resolve, 20));
};

/** Kills the server, all of it at once, as a power cut would. */
export const killServer = async (dataDir: string): Promise<void> => {
  for (const pid of serverIn(dataDir))
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // else it ended with the ones before
    }
  await gone(dataDir);
};

/** Ends what a test has left and removes its folders. */
export const tidy = async (): Promise<void> => {
  await Promise.all(bots.splice(0).map(bot => bot.kill()));
  for (const dataDir of folders.splice(0)) {
    if (existsSync(dataDir)) await killServer(dataDir);
    rmSync(join(dataDir, '..'), { recursive: true, force: true, maxRetries: 5 });
  }
};

const answers = (child: ChildProcess): (() => Promise<unknown>) => {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    return line.done ? { error: 'it ended without a word' } : (JSON.parse(line.value) as unknown);
  };
};

type Options = Partial<EmbeddedOptions> & { readonly dataDir: string; readonly umask?: number };

const start = (options: Options, file: string, before: readonly string[], spawnOptions: SpawnOptions): Bot => {
  const args = [...before, PROGRAM, JSON.stringify(options)];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], ...spawnOptions });
  const ended = once(child, 'exit');
  child.stdin!.on('error', () => undefined); // it may have ended: then its answer says so
  const answer = answers(child);
  const opened = answer() as Promise<Opened>;
  const bot: Bot = {
    child,
    opened,
    query: async sql => {
      await opened;
      child.stdin!.write(`${sql}\n`);
      return (await answer()) as readonly Record<string, unknown>[];
    },
    close: async () => {
      await opened;
      child.stdin!.end('close\n');
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  bots.push(bot);
  return bot;
};

/**
 * Starts a bot as the user who runs the tests, by way of another program (and its arguments) if one
 * is given.
 */
export const startBot = (options: Options, spawnOptions: SpawnOptions = {}, by: readonly string[] = []): Bot => {
  const [file = process.execPath, ...args] = by.length > 0 ? [...by, process.execPath] : [];
  return start(options, file, args, spawnOptions);
};

/**
 * Starts a bot as an ordinary user: ourselves, or, when the tests run as root, nobody, who then
 * owns the folder around the data folder.
 */
export const startOrdinaryBot = (options: Options): Bot => {
  if (!isRoot) return startBot(options);
  const nobody = { uid: NOBODY, gid: NOBODY };
  if (spawnSync('sh', ['-c', 'test -r "$0" && "$1" --version', SCRIPT, process.execPath], nobody).status === 0) {
    const around = join(options.dataDir, '..');
    if (existsSync(around)) chownSync(around, NOBODY, NOBODY);
    return start(options, process.execPath, [], nobody);
  }
  // a checkout that only root can read: the process takes itself for the user nobody
  return start(
    options,
    'unshare',
    ['--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--', process.execPath],
    {},
  );
};

/** Lets a bot store one row more. */
export const keepsANumber = async (bot: Bot): Promise<void> => {
  await bot.query('CREATE TABLE IF NOT EXISTS kept (n int)');
  await bot.query('INSERT INTO kept VALUES (1)');
};

/** How many rows `keepsANumber` has stored. */
export const numbersKept = async (bot: Bot): Promise<unknown> =>
  (await bot.query('SELECT count(*)::int AS n FROM kept'))[0]?.['n'];
