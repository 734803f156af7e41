import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot data retain`. */
export const dataRetain: SubcommandDeclaration = {
  name: 'retain',
  example: 'bin/bot data retain --dry-run',
  syntax: command =>
    command
      .description(
        'archive and drop the months that are older than application.market_data_storage_days, as a run does',
      )
      .option('--dry-run', 'only list what would be dropped')
      .option('--imported', 'also drop months with imported or downloaded minutes')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-retain.js')).dataRetainCommand,
};
