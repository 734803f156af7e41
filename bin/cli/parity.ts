import type { CommandDeclaration } from './command.js';
import { configOption, jsonOption, simulatedOption, wholeNumber } from './options.js';

/** `bot parity`. */
export const parity: CommandDeclaration = {
  name: 'parity',
  group: 'Backtests and questions',
  example: 'bin/bot parity --run 1',
  syntax: command =>
    command
      .description('replay what a live run stored, and list every decision, opportunity and fill that differs')
      .option('--run <number>', 'the live or simulated run (default: the newest)', wholeNumber(1, 2 ** 31 - 1))
      .option('--from <time>', "first minute, UTC (default: the run's first decision)")
      .option('--to <time>', "end, exclusive, UTC (default: after the run's last decision)")
      .addOption(configOption())
      .addOption(simulatedOption())
      .addOption(jsonOption()),
  load: async () => (await import('../commands/parity.js')).parityCommand,
};
