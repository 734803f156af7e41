import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

/** `bot why`. */
export const why: CommandDeclaration = {
  name: 'why',
  group: 'Backtests and questions',
  example: 'bin/bot why BTC/USD 2026-04-01T12:30',
  syntax: command =>
    command
      .description('the decision on a minute of a market and why: every value beside its threshold')
      .argument('<market>', 'the market: BTC/USD')
      .argument('<time>', 'open time of the minute, UTC: 2026-04-01T12:30')
      .option(
        '--run <number>',
        'explain this run, live or backtest (default: the last run that covers the minute)',
        wholeNumber(1, 2 ** 31 - 1),
      )
      .option('--strategy <name>', 'explain this strategy of the run (default: the one with the main wallet)')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/why.js')).whyCommand,
};
