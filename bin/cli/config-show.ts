import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot config show`. */
export const configShow: CommandDeclaration = {
  name: 'show',
  syntax: command =>
    command
      .description('print a version of the configuration as a file that can be used again: bot config show 12')
      .argument('<version>', 'its number in "bot config history", or its hash as reports print it, or how that begins')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config-history.js')).configShow,
};
