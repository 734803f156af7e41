import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot strategy indicators`. */
export const strategyIndicators: CommandDeclaration = {
  name: 'indicators',
  syntax: command =>
    command
      .description('list the indicators and columns that a strategy can request')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/strategy-indicators.js')).strategyIndicatorsCommand,
};
