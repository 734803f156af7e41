import { InvalidArgumentError, Option } from 'commander';
import type { CommandDeclaration } from './command.js';
import { configOption, list, positive, wholeNumber } from './options.js';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = (text: string): number => {
  const [, amount, unit] = /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined || Number(amount) === 0)
    throw new InvalidArgumentError('expected a duration: 90s, 30m, 12h or 7d');
  return Math.min(Number(amount) * UNITS[unit]!, 2 ** 31 - 1);
};

/** `bot run`. */
export const run: CommandDeclaration = {
  name: 'run',
  group: 'Live',
  example: 'bin/bot run --simulate --speed 60 --for 5m',
  syntax: command =>
    command
      .description(
        'watch the exchange and trade on paper until it is stopped: scanner and position manager, supervised',
      )
      .option('--simulate', 'use a local simulated exchange and a separate database')
      .option(
        '--speed <factor>',
        'speed of the simulated market relative to real time (default: 60)',
        positive(100_000),
      )
      .option('--seed <number>', 'seed of the simulated market (default: 1)', wholeNumber(0, 2 ** 32 - 1))
      .option('--symbols <list>', 'markets of the simulated exchange: BTC/USD,ETH/USD (default: 27 of all sizes)', list)
      .option('--no-limits', 'disable the rate limits of the simulated exchange')
      .option('--for <time>', 'stop after this time: 30m, 90s, 12h', duration)
      .addOption(
        new Option('--only <process>', 'run one process alone, unsupervised').choices(['scanner', 'positions']),
      )
      .addOption(configOption()),
  load: async () => (await import('../commands/run.js')).runCommand,
};
