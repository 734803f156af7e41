import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot config show`. */
export const configShow: SubcommandDeclaration = {
  name: 'show',
  example: 'bin/bot config show 1',
  syntax: command =>
    command
      .description('print a version of the configuration as a usable file: bot config show 12')
      .argument(
        '<version>',
        'its number in "bot config history", its hash as reports print it, or the first digits of the hash',
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config-history.js')).configShow,
};
