import type { SubcommandDeclaration } from './command.js';
import { configOption, jsonOption } from './options.js';

/** `bot strategy indicators`. */
export const strategyIndicators: SubcommandDeclaration = {
  name: 'indicators',
  example: 'bin/bot strategy indicators',
  syntax: command =>
    command
      .description('list the indicators and columns that a strategy can request')
      .addOption(configOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/strategy-indicators.js')).strategyIndicatorsCommand,
};
