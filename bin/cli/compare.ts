import { InvalidArgumentError } from 'commander';
import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

const runNumbers = (text: string, before: readonly number[] = []): readonly number[] => {
  const run = wholeNumber(1, 2 ** 31 - 1)(text);
  if (before.includes(run)) throw new InvalidArgumentError('expected each run once');
  return [...before, run];
};

/** `bot compare`. */
export const compare: CommandDeclaration = {
  name: 'compare',
  group: 'Backtests and questions',
  example: 'bin/bot compare 1 2',
  syntax: command =>
    command
      .description('strategies of a run, or several runs, side by side over the days that all of them have')
      .argument(
        '[runs...]',
        'a run with several strategies (default the newest), or two or more runs ("bot status" lists the last ones)',
        runNumbers,
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/compare.js')).compareCommand,
};
