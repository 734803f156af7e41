import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot seed`. */
export const seed: CommandDeclaration = {
  name: 'seed',
  group: 'Data',
  example: 'bin/bot seed',
  syntax: command =>
    command
      .description('set names and sectors of the coins of stored markets, and fetch their market caps')
      .option(
        '--file <file>',
        'your own reference data, which take precedence: coins: { BTC: { name, sector, coingecko_id } } (YAML)',
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/seed.js')).seedCommand,
};
