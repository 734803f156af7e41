import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot strategy list`. */
export const strategyList: SubcommandDeclaration = {
  name: 'list',
  example: 'bin/bot strategy list',
  syntax: command =>
    command
      .description('list strategies with their parameters, columns and conditions')
      .argument('[files...]', 'strategy files (default: those in ./strategies)')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/strategy-list.js')).strategyListCommand,
};
