import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

/** `bot config history`. */
export const configHistory: SubcommandDeclaration = {
  name: 'history',
  example: 'bin/bot config history --limit 5',
  syntax: command =>
    command
      .description('list the versions of the configuration, refused edits included: what changed, when, in which run')
      .option('--limit <number>', 'how many, newest first', wholeNumber(1, 10_000), 20)
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config-history.js')).configHistory,
};
