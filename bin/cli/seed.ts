import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption } from './options.js';

/** `bot seed`. */
export const seed: CommandDeclaration = {
  name: 'seed',
  syntax: command =>
    command
      .description('give stored markets the name and sector of their coins, and ask what the coins are worth')
      .option(
        '--file <file>',
        'reference data of your own, which win: coins: { BTC: { name, sector, coingecko_id } } (YAML)',
      )
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/seed.js')).seedCommand,
};
