import type { SubcommandDeclaration } from './command.js';
import { configOption, fromOption, jsonOption, lastOption, list, simulatedOption, toOption } from './options.js';

/** `bot data check`. */
export const dataCheck: SubcommandDeclaration = {
  name: 'check',
  example: 'bin/bot data check --symbols BTC/USD --html gaps.html',
  syntax: command =>
    command
      .description(
        'completeness per market and day: missing, quiet, suspect, revised, late and filled minutes, and decision lag',
      )
      .addOption(fromOption("each market's first stored minute"))
      .addOption(toOption("after each market's last stored minute"))
      .addOption(lastOption())
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .option('--html <file>', 'write a heat map there, as a self-contained page')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-check.js')).dataCheckCommand,
};
