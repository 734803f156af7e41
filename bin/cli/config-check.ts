import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot config check`. */
export const configCheck: CommandDeclaration = {
  name: 'check',
  syntax: command =>
    command
      .description('validate the configuration and list every mistake with its line')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config.js')).configCheck,
};
