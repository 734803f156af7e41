import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot config check`. */
export const configCheck: SubcommandDeclaration = {
  name: 'check',
  example: 'bin/bot config check --config config.yaml',
  syntax: command =>
    command
      .description('validate the configuration and list every mistake with its line')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config.js')).configCheck,
};
