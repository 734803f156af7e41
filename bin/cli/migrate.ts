import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot migrate`. */
export const migrate: CommandDeclaration = {
  name: 'migrate',
  group: 'Maintenance',
  example: 'bin/bot migrate --status',
  syntax: command =>
    command
      .description('migrate the database schema (every command does so automatically), or revert it')
      .option('--status', 'only list the migrations and whether each is applied')
      .option('--down <name>', 'revert this migration and all after it')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/migrate.js')).migrateCommand,
};
