import type { SubcommandDeclaration } from './command.js';

/** `bot strategy new`. */
export const strategyNew: SubcommandDeclaration = {
  name: 'new',
  example: 'bin/bot strategy new my_strategy',
  syntax: command =>
    command
      .description('write an example strategy to start from')
      .argument('<name>', 'its name: lower case letters, digits and underscores, a letter first')
      .option('--folder <folder>', 'folder to write to', 'strategies'),
  load: async () => (await import('../commands/strategy-new.js')).strategyNewCommand,
};
