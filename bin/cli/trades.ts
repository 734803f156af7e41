import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

/** `bot trades`. */
export const trades: CommandDeclaration = {
  name: 'trades',
  group: 'Backtests and questions',
  example: 'bin/bot trades --last 24h --csv trades.csv',
  syntax: command =>
    command
      .description('the trades of a run: why each was bought, its exits with their reasons, costs and result')
      .option(
        '--run <number>',
        'of this run, live, simulated or backtest (default: the newest)',
        wholeNumber(1, 2 ** 31 - 1),
      )
      .option(
        '--last <span>',
        'only those held in the last 90m, 24h, 7d or 2w of the run (of a live run: before now), open ones included',
      )
      .option('--market <market>', 'only on this market: BTC/USD')
      .option('--strategy <name>', 'only by this strategy of the run')
      .option('--csv <file>', 'also write them to a new file, one row a trade')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/trades.js')).tradesCommand,
};
