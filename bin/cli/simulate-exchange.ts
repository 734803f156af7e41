import { Option } from 'commander';
import type { CommandDeclaration } from './command.js';
import { list, positive, wholeNumber } from './options.js';

/** `bot simulate-exchange`. */
export const simulateExchange: CommandDeclaration = {
  name: 'simulate-exchange',
  syntax: command =>
    command
      .description('run a local exchange that answers as Kraken does, over a generated market, until it is stopped')
      .option('--port <number>', 'port on 127.0.0.1; 0: any that is free', wholeNumber(0, 65_535), 8765)
      .option('--speed <factor>', 'how many times faster than real time its clock runs', positive(100_000), 1)
      .option(
        '--seed <number>',
        'the same seed makes the same market and the same faults',
        wholeNumber(0, 2 ** 32 - 1),
        1,
      )
      .option('--symbols <list>', 'its markets: BTC/USD,ETH/USD (default: 27 of all sizes)', list)
      .option('--start <time>', 'market time at which it begins, UTC: 2026-04-01T12:30 (default: now)')
      .addOption(
        new Option('--quiet-rows <how>', 'what a minute without trades has: a row of zeros, or none')
          .choices(['zero', 'absent'])
          .default('zero'),
      )
      .option('--no-limits', 'never refuse a request for coming too soon'),
  load: async () => (await import('../commands/simulate-exchange.js')).simulateExchangeCommand,
};
