import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot config check`. */
export const configCheck: CommandDeclaration = {
  name: 'check',
  syntax: command =>
    command
      .description('say whether the configuration is valid, and every line that is not')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config.js')).configCheck,
};
