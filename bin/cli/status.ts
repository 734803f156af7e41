import { Option } from 'commander';
import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot status`. */
export const status: CommandDeclaration = {
  name: 'status',
  group: 'Live',
  example: 'bin/bot status --check --json',
  syntax: command =>
    command
      .description('stored data (size, markets, candles, gaps), health of the live run, and results of the last runs')
      .option('--watch', 'show the live run, every two seconds until it is stopped')
      .addOption(
        new Option(
          '--check',
          'for monitoring: print only what is wrong with the live run; exit code 0 ok, 1 degraded, 3 down, 4 stopped',
        ).conflicts('watch'),
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/status.js')).statusCommand,
};
