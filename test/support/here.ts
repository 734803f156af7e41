import { tmpdir } from 'node:os';
import { createColors } from 'picocolors';
import type * as Cli from '../../bin/cli.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { jsonOf, variablesOf, type ChildOptions, type Ended } from '../bin/child.js';

const at = (path: string): string => new URL(`../../${path}`, import.meta.url).href;
const { isBuilt } = (await import(at('scripts/built.mjs'))) as { isBuilt: () => boolean };

/** What bin/bot runs: dist/ where it is up to date, else the sources. */
let cli: Promise<typeof Cli> | null = null;
const loadCli = (): Promise<typeof Cli> => (cli ??= import(at(isBuilt() ? 'dist/bin/cli.js' : 'bin/cli.ts')));

/** Lets this process have the environment and folder of a child, and keeps what it writes. */
const actAs = ({ env, cwd }: ChildOptions, said: { stdout: string; stderr: string }): (() => void) => {
  const before = { env: { ...process.env }, folder: process.cwd(), code: process.exitCode };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  const setVariables = (variables: NodeJS.ProcessEnv): void => {
    for (const name of Object.keys(process.env)) Reflect.deleteProperty(process.env, name);
    for (const [name, value] of Object.entries(variables)) if (value !== undefined) process.env[name] = value;
  };
  setVariables(variablesOf(env));
  process.chdir(cwd ?? tmpdir());
  process.exitCode = undefined;
  for (const name of ['stdout', 'stderr'] as const)
    process[name].write = (text: string | Uint8Array) => {
      said[name] += text.toString();
      return true;
    };
  return () => {
    Object.assign(process.stdout, { write: writes.stdout });
    Object.assign(process.stderr, { write: writes.stderr });
    process.exitCode = before.code;
    process.chdir(before.folder);
    setVariables(before.env);
  };
};

const run = async (args: readonly string[], options: ChildOptions): Promise<Ended> => {
  const { obey } = await loadCli();
  const said = { stdout: '', stderr: '' };
  const stopActing = actAs(options, said);
  try {
    const failed = await obey(['node', 'bot', ...args], {
      out: text => void (said.stdout += `${text}\n`),
      err: text => void (said.stderr += `${text}\n`),
      colours: createColors(false),
      width: 100,
      signal: new AbortController().signal,
      progress: () => ({ at: () => undefined, stop: () => undefined }),
    });
    return { code: failed === 0 ? Number(process.exitCode ?? 0) : failed, signal: null, ...said };
  } finally {
    stopActing();
  }
};

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command as `runBot` does, but within this process, which saves the start of one and what
 * it takes until its code is fast. Commands that are asked for at once run in turn, since the
 * environment is this process's own. For whatever ends by itself and is not about processes.
 */
export const runHere = (args: readonly string[], options: ChildOptions = {}): Promise<Ended> => {
  const turn = last.then(() => run(args, options));
  last = turn.catch(() => undefined);
  return turn;
};

/** As `jsonOf`, within this process. */
export const jsonHere = <T = BacktestReport>(args: readonly string[], options?: ChildOptions): Promise<T> =>
  jsonOf<T>(args, options, runHere);
