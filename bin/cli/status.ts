import { Option } from 'commander';
import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot status`. */
export const status: CommandDeclaration = {
  name: 'status',
  syntax: command =>
    command
      .description(
        'what is stored (size, markets, candles, gaps), how the live run stands and what the last runs came to',
      )
      .option('--watch', 'show how the live run stands, every two seconds until it is stopped')
      .addOption(
        new Option(
          '--check',
          'only say in a line how the live run stands; exit code 0 ok, 1 degraded, 3 down, 4 stopped',
        ).conflicts('watch'),
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/status.js')).statusCommand,
};
