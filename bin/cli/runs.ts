import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot runs`. */
export const runs: CommandDeclaration = {
  name: 'runs',
  group: 'Backtests and questions',
  example: 'bin/bot runs',
  syntax: command =>
    command
      .description('the stored runs, newest first: mode, period, markets, strategies, trades, result and notes')
      .option('--label <text>', 'only those whose label or notes contain this text')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/runs.js')).runsCommand,
};
