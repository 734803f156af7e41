import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot download`. */
export const download: CommandDeclaration = {
  name: 'download',
  syntax: command =>
    command
      .description("store candles built from the exchange's public trades, as far back as there are any")
      .option('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
      .option('--to <time>', 'end, exclusive, UTC: 2026-04-08 or 2026-04-08T12:30')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all that are stored)', list)
      .option('--resume', 'go on where an earlier download was stopped; alone: with all that were begun')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/download.js')).downloadCommand,
};
