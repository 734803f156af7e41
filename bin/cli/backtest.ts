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

/** `bot backtest`. */
export const backtest: CommandDeclaration = {
  name: 'backtest',
  group: 'Backtests and questions',
  example: 'bin/bot backtest --synthetic --from 2026-01-01 --to 2026-02-01',
  syntax: command =>
    command
      .description('replay stored candles (or a generated market) through the bot and report what it would have earned')
      .addOption(fromOption())
      .addOption(toOption())
      .addOption(lastOption())
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .option(
        '--strategy <file>',
        'a strategy file, or the name of a configured strategy (default: those of the configuration)',
      )
      .option(
        '--set <name=value>',
        "a key of config.yaml (risk_management.stop_loss_percentage=1), or a parameter of the strategy's file; may be repeated",
        repeated,
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption())
      .option('--export <folder>', 'write trades.csv, exits.csv and equity.csv there')
      .option('--label <text>', 'a name for the run, which bot runs shows')
      .option('--dry-run', 'store nothing, for experiments or a read-only database')
      .option('--synthetic', 'use a generated market, the same for the same seed; needs no data')
      .option('--seed <number>', 'seed of the generated market (default: 1)', wholeNumber(0, 2 ** 32 - 1))
      .option('--verify', "first check each market's indicators against the reference implementation")
      .option(
        '--tape-minutes <number>',
        'minutes per tape; changes the speed, never the result',
        wholeNumber(1, 100_000),
      ),
  load: async () => (await import('../commands/backtest.js')).backtestCommand,
};
