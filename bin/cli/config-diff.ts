import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot config diff`. */
export const configDiff: SubcommandDeclaration = {
  name: 'diff',
  example: 'bin/bot config diff 1 2',
  syntax: command =>
    command
      .description('compare two versions of the configuration key by key: bot config diff 12 aab1d929e5cc')
      .argument('<from>', 'version: its number in "bot config history", its hash, or the first digits of the hash')
      .argument('<to>', 'version to compare it with')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/config-history.js')).configDiff,
};
