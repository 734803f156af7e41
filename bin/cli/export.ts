import { InvalidArgumentError, Option } from 'commander';
import { FILE_SPANS } from '../../lib/dataset/partition.js';
import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption, wholeNumber } from './options.js';

const horizons = (text: string): number[] => {
  const minutes = list(text).map(wholeNumber(1, 10_080));
  if (minutes.length === 0 || minutes.length > 20) throw new InvalidArgumentError('expected 1 to 20 of them');
  return minutes;
};

/** `bot export`. */
export const exportDataset: CommandDeclaration = {
  name: 'export',
  syntax: command =>
    command
      .description('write stored minutes with indicators, decisions and labels as a dataset for training')
      .usage('--from <time> --to <time> --out <folder> [options]\n       bot export verify <folder>')
      .argument('[verify]', 'read a dataset again: hashes, row counts, columns, times, leaks, folds')
      .argument('[folder]', 'the dataset that is verified')
      .option('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
      .option('--to <time>', 'end, exclusive, UTC: 2026-05-01')
      .option('--out <folder>', 'where to: a new or empty folder')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
      .addOption(new Option('--format <format>', 'of its files (default: parquet)').choices(['parquet', 'csv']))
      .option('--labels <minutes>', 'horizons of the forward returns: 5,15,60,240 (default: as configured)', horizons)
      .option('--folds <number>', 'of the walk-forward (default: 5)', wholeNumber(1, 100))
      .option(
        '--columns <list>',
        "by name or pattern, with those that folds and verify go by: 'rsi_*,roc_5' (default: all)",
        list,
      )
      .addOption(new Option('--file-per <span>', 'what of a market one file holds (default: year)').choices(FILE_SPANS))
      .option('--resume', 'go on with an export that was interrupted')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/export.js')).exportCommand,
};
