import type { CommandDeclaration } from './command.js';
import { configOption, fromOption, jsonOption, lastOption, list, simulatedOption, toOption } from './options.js';

/** `bot download`. */
export const download: CommandDeclaration = {
  name: 'download',
  group: 'First steps',
  example: 'bin/bot download --from 2026-04-01 --to 2026-04-02 --symbols BTC/USD,ETH/USD',
  syntax: command =>
    command
      .description("build candles from the exchange's public trades, as far back as they go")
      .addOption(fromOption('none'))
      .addOption(toOption('now'))
      .addOption(lastOption())
      .option('--symbols <list>', 'markets, separated by commas: BTC/USD,ETH/USD (default: all stored markets)', list)
      .option('--resume', 'resume a download that was stopped; alone: all unfinished downloads')
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/download.js')).downloadCommand,
};
