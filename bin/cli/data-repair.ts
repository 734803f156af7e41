import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot data repair`. */
export const dataRepair: SubcommandDeclaration = {
  name: 'repair',
  example: 'bin/bot data repair --symbols BTC/USD,ETH/USD',
  syntax: command =>
    command
      .description(
        "fill the gaps between stored minutes from the exchange's public trades, as far as it still has them",
      )
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-repair.js')).dataRepairCommand,
};
