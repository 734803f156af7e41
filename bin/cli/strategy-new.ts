import type { CommandDeclaration } from './command.js';

/** `bot strategy new`. */
export const strategyNew: CommandDeclaration = {
  name: 'new',
  syntax: command =>
    command
      .description('write a strategy that runs at once, as a start for your own')
      .argument('<name>', 'its name: lower case letters, digits and underscores')
      .option('--folder <folder>', 'where to write it', 'strategies'),
  load: async () => (await import('../commands/strategy-new.js')).strategyNewCommand,
};
