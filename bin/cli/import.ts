import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list } from './options.js';

/** `bot import`. */
export const importFiles: CommandDeclaration = {
  name: 'import',
  group: 'First steps',
  example: 'bin/bot import ~/Downloads/XBTUSD_1.csv ~/Downloads/ETHUSD_1.csv',
  syntax: command =>
    command
      .description("store candles from Kraken's OHLCVT files: XBTUSD_1.csv, .csv.gz, or the .zip they come in")
      .argument('<files...>', 'one or more files; only 1-minute files (…_1.csv) are imported')
      .option(
        '--symbols <list>',
        'only these markets, separated by commas: BTC/USD,ETH/USD (default: all in the files)',
        list,
      )
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/import.js')).importCommand,
};
