import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot migrate`. */
export const migrate: CommandDeclaration = {
  name: 'migrate',
  syntax: command =>
    command
      .description('bring the database schema up to date (every command does so by itself), or take it back')
      .option('--status', 'only list what is applied and what is not')
      .option('--down <name>', 'revert this migration and all after it')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/migrate.js')).migrateCommand,
};
