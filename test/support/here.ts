import { createColors } from 'picocolors';
import { obey } from '../../bin/cli.js';
import type { Ended } from '../bin/child.js';

/** What a command sees of the environment. */
export interface Here {
  readonly databaseUrl: string;
  /** Its configuration file. */
  readonly config: string;
}

/**
 * Runs a command as `bin/bot` does, within this process: the start of one takes a second. Only one
 * at a time, since the environment is this process's own.
 */
export const runHere = async (
  args: readonly string[],
  { databaseUrl, config }: Here,
): Promise<Omit<Ended, 'signal'>> => {
  const before = process.env['DATABASE_URL'];
  const said = { stdout: '', stderr: '' };
  process.env['DATABASE_URL'] = databaseUrl;
  try {
    const code = await obey(['node', 'bot', ...args, '--config', config], {
      out: text => void (said.stdout += `${text}\n`),
      err: text => void (said.stderr += `${text}\n`),
      colours: createColors(false),
      width: 100,
      signal: new AbortController().signal,
      progress: () => ({ at: () => undefined, stop: () => undefined }),
    });
    return { code, ...said };
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, 'DATABASE_URL');
    else process.env['DATABASE_URL'] = before;
  }
};
