import type { SubcommandDeclaration } from './command.js';
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

/** `bot strategy check`. */
export const strategyCheck: SubcommandDeclaration = {
  name: 'check',
  example: 'bin/bot strategy check strategies/my_strategy.ts',
  syntax: command =>
    command
      .description(
        'check that nothing a strategy cannot know changes its decisions: the future, the batches of candles, the other markets',
      )
      .argument('<file>', 'the strategy file, or the name of a configured strategy')
      .option('--set <name=value>', 'a parameter; may be repeated', repeated)
      .option('--symbols <list>', 'check on the stored candles of these markets too: BTC/USD,ETH/USD', list)
      .addOption(fromOption('the last week stored, or what there is'))
      .addOption(toOption())
      .addOption(lastOption())
      .option('--seed <number>', 'seed of the random cases (default: 1)', wholeNumber(0, 2 ** 32 - 1))
      .option('--dry-run', 'do not store the verdict')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/strategy-check.js')).strategyCheckCommand,
};
