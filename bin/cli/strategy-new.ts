import type { CommandDeclaration } from './command.js';

/** `bot strategy new`. */
export const strategyNew: CommandDeclaration = {
  name: 'new',
  syntax: command =>
    command
      .description('write an example strategy to start from')
      .argument('<name>', 'its name: lower case letters, digits and underscores, a letter first')
      .option('--folder <folder>', 'folder to write to', 'strategies'),
  load: async () => (await import('../commands/strategy-new.js')).strategyNewCommand,
};
