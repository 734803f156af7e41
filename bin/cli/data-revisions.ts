import type { SubcommandDeclaration } from './command.js';
import { configOption, fromOption, jsonOption, lastOption, list, simulatedOption, toOption } from './options.js';

/** `bot data revisions`. */
export const dataRevisions: SubcommandDeclaration = {
  name: 'revisions',
  example: 'bin/bot data revisions --from 2026-04-01 --to 2026-04-08',
  syntax: command =>
    command
      .description('how often, how far and how late the exchange revised the values first seen')
      .addOption(fromOption())
      .addOption(toOption())
      .addOption(lastOption())
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-revisions.js')).dataRevisionsCommand,
};
