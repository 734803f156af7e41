import { UserError } from '../../lib/errors.js';
import { runProcess } from '../run/process.js';
import { runSupervised, type RunOptions } from '../run/supervised.js';
import type { Terminal } from '../terminal.js';

/** `bot run`: both processes, supervised; with `--only` one of them in this process. */
export const runCommand = async (options: RunOptions, { signal }: Terminal): Promise<void> => {
  const { simulate, only } = options;
  const misplaced = (['speed', 'seed', 'limits', 'symbols'] as const).filter(name =>
    name === 'limits' ? options.limits === false : options[name] !== undefined,
  );
  if (!simulate && misplaced.length > 0)
    throw new UserError([
      `--${misplaced[0] === 'limits' ? 'no-limits' : misplaced[0]} is for a simulated market: add --simulate.`,
    ]);
  if (only && (simulate || options.for !== undefined))
    throw new UserError([
      `--only ${only} starts one process against the exchange that is configured: leave out --simulate and --for.`,
      'For a simulated exchange: bin/bot simulate-exchange, and set exchange.url as it says.',
    ]);
  const code = only ? await runProcess(only, options, signal) : await runSupervised(options, signal, process.argv[1]!);
  if (code !== 0) process.exitCode = code;
};
