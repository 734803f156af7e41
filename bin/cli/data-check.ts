import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot data check`. */
export const dataCheck: CommandDeclaration = {
  name: 'check',
  syntax: command =>
    command
      .description(
        'how whole they are by market and day: missing, quiet, suspect, revised, late, filled; and how soon decided on',
      )
      .option('--from <time>', 'first minute, UTC (default: the first that is stored of each market)')
      .option('--to <time>', 'end, exclusive, UTC (default: after the last that is stored of each market)')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
      .option('--html <file>', 'write a heat map there, a page that needs nothing else')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-check.js')).dataCheckCommand,
};
