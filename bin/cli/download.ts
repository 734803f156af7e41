import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, list, simulatedOption } from './options.js';

/** `bot download`. */
export const download: CommandDeclaration = {
  name: 'download',
  syntax: command =>
    command
      .description("build candles from the exchange's public trades, as far back as they go")
      .option('--from <time>', 'first minute, UTC: 2026-04-01 or 2026-04-01T12:30')
      .option('--to <time>', 'end, exclusive, UTC: 2026-04-08 or 2026-04-08T12:30')
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .option('--resume', 'resume a download that was stopped; alone: all unfinished downloads')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/download.js')).downloadCommand,
};
