import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { BacktestReport } from '../../lib/report/document.js';
import type { Connection } from '../../lib/world/database/connection.js';

/** The command line as a user starts it. */
export const BOT = fileURLToPath(new URL('../../bin/bot', import.meta.url));

/** How a child process of bin/bot ended, and its output. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface ChildOptions {
  /**
   * Besides PATH, HOME and the NODE_OPTIONS by which tests hear of warnings, the only variables
   * that it sees.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Whether it leads a process group of its own, as whatever is started from a terminal does. */
  readonly detached?: boolean;
}

/** All variables that a command of the tests sees. */
export const variablesOf = (env: ChildOptions['env']): NodeJS.ProcessEnv => {
  const { PATH, HOME, NODE_OPTIONS } = process.env;
  return { PATH, HOME, NODE_OPTIONS, ...env };
};

/** Starts bin/bot as a user's shell would. */
export const startBot = (args: readonly string[], { env, cwd, detached }: ChildOptions = {}): Child => {
  const child = spawn(BOT, args, {
    cwd: cwd ?? tmpdir(),
    env: variablesOf(env),
    detached: detached ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...said,
  }));
  return { process: child, ended };
};

/** Runs bin/bot to its end. */
export const runBot = (args: readonly string[], options?: ChildOptions): Promise<Ended> =>
  startBot(args, options).ended;

/** Runs a command that has to work and gives the document on its stdout. */
export const jsonOf = async <T = BacktestReport>(
  args: readonly string[],
  options?: ChildOptions,
  run = runBot,
): Promise<T> => {
  const { code, stdout, stderr } = await run([...args, '--json'], options);
  if (code !== 0) throw new Error(`bot ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
};

/** The URL of a database, as a user would set it in DATABASE_URL. */
export const urlOf = ({ user, password, host, port, database }: Connection): string => {
  const [who, secret, where, what] = [user, password, host, database].map(encodeURIComponent);
  return `postgresql://${who}:${secret}@${where}:${port}/${what}`;
};

/**
 * Waits until `ask` says yes, for 45 s by default. It asks less often the longer that takes: most
 * questions open a session of the database.
 */
export const until = async (what: string, ask: () => Promise<boolean>, maxMs = 45_000): Promise<void> => {
  for (const began = Date.now(); !(await ask());) {
    const waited = Date.now() - began;
    if (waited > maxMs) throw new Error(`waited in vain until ${what}`);
    await new Promise(resolve => setTimeout(resolve, Math.min(200, 25 + waited / 10)));
  }
};
