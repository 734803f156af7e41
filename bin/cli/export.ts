import { InvalidArgumentError, Option } from 'commander';
import { FILE_SPANS } from '../../lib/training/partition.js';
import type { CommandDeclaration } from './command.js';
import {
  configOption,
  fromOption,
  jsonOption,
  lastOption,
  list,
  repeated,
  simulatedOption,
  toOption,
  wholeNumber,
} from './options.js';

const horizons = (text: string): number[] => {
  const minutes = list(text).map(wholeNumber(1, 10_080));
  if (minutes.length === 0 || minutes.length > 20) throw new InvalidArgumentError('expected 1 to 20 horizons');
  return minutes;
};

/** `bot export`. */
export const exportDataset: CommandDeclaration = {
  name: 'export',
  group: 'Data',
  example: 'bin/bot export --from 2026-04-01 --to 2026-05-01 --symbols BTC/USD --out dataset',
  syntax: command =>
    command
      .description('write stored minutes with indicators, decisions and labels as a dataset for training')
      .usage('--from <time> --to <time> --out <folder> [options]\n       bot export verify <folder>')
      .argument('[verify]', 'check a dataset: hashes, row counts, columns, times, leaks, folds')
      .argument('[folder]', 'the dataset to verify')
      .addOption(fromOption())
      .addOption(toOption())
      .addOption(lastOption())
      .option('--out <folder>', 'output folder, new or empty')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .addOption(new Option('--format <format>', 'file format (default: parquet)').choices(['parquet', 'csv']))
      .option('--labels <minutes>', 'horizons of the forward returns: 5,15,60,240 (default: as configured)', horizons)
      .option('--folds <number>', 'number of walk-forward folds (default: 5)', wholeNumber(1, 100))
      .option(
        '--columns <list>',
        "only these, by name or pattern, plus those that folds and verify need: 'rsi_*,roc_5' (default: all)",
        list,
      )
      .option(
        '--strategy <file>',
        'a strategy file, or the name of a configured strategy (default: the main one of the configuration)',
      )
      .option(
        '--set <name=value>',
        "a key of config.yaml (risk_management.stop_loss_percentage=1), or a parameter of the strategy's file; may be repeated",
        repeated,
      )
      .addOption(new Option('--file-per <span>', 'period of one file of a market (default: year)').choices(FILE_SPANS))
      .option('--resume', 'continue an interrupted export')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/export.js')).exportCommand,
};
