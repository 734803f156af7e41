import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot data revisions`. */
export const dataRevisions: CommandDeclaration = {
  name: 'revisions',
  syntax: command =>
    command
      .description('how often, how far and how late the exchange revised the values first seen')
      .option('--from <time>', 'first minute, UTC (default: the first stored minute)')
      .option('--to <time>', 'end, exclusive, UTC (default: after the last stored minute)')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/data-revisions.js')).dataRevisionsCommand,
};
