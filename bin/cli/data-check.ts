import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot data check`. */
export const dataCheck: CommandDeclaration = {
  name: 'check',
  syntax: command =>
    command
      .description(
        'completeness per market and day: missing, quiet, suspect, revised, late and filled minutes, and decision lag',
      )
      .option('--from <time>', "first minute, UTC (default: each market's first stored minute)")
      .option('--to <time>', "end, exclusive, UTC (default: after each market's last stored minute)")
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .option('--html <file>', 'write a heat map there, as a self-contained page')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-check.js')).dataCheckCommand,
};
