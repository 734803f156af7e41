import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, repeated, simulatedOption, wholeNumber } from './options.js';

/** `bot strategy check`. */
export const strategyCheck: CommandDeclaration = {
  name: 'check',
  syntax: command =>
    command
      .description(
        'whether a strategy decides the same whatever it cannot know: the future, the tapes, the other markets',
      )
      .argument('<file>', 'the strategy file')
      .option('--set <name=value>', 'a parameter; may be repeated', repeated)
      .option('--seed <number>', 'seed of the random cases (default: 1)', wholeNumber(0, 2 ** 32 - 1))
      .option('--dry-run', 'do not store the verdict')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/strategy-check.js')).strategyCheckCommand,
};
