import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

/** `bot report`. */
export const report: CommandDeclaration = {
  name: 'report',
  group: 'Backtests and questions',
  example: 'bin/bot report',
  syntax: command =>
    command
      .description('the report of a backtest again, as "bot backtest" printed it, or the result of a live run so far')
      .argument(
        '[run]',
        'the run (default: the newest with a report; "bot runs" lists them)',
        wholeNumber(1, 2 ** 31 - 1),
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/report.js')).reportCommand,
};
