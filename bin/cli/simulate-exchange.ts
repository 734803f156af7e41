import { Option } from 'commander';
import type { CommandDeclaration } from './command.js';
import { list, positive, wholeNumber } from './options.js';

/** `bot simulate-exchange`. */
export const simulateExchange: CommandDeclaration = {
  name: 'simulate-exchange',
  group: 'Live',
  example: 'bin/bot simulate-exchange --port 8765 --speed 60 --symbols BTC/USD,ETH/USD',
  syntax: command =>
    command
      .description("run a local exchange with Kraken's API on a generated market, until it is stopped")
      .option('--port <number>', 'port on 127.0.0.1; 0: any free port', wholeNumber(0, 65_535), 8765)
      .option('--speed <factor>', 'speed of its clock relative to real time', positive(100_000), 1)
      .option(
        '--seed <number>',
        'the same seed gives the same market and the same faults',
        wholeNumber(0, 2 ** 32 - 1),
        1,
      )
      .option('--symbols <list>', 'its markets: BTC/USD,ETH/USD (default: 27 of all sizes)', list)
      .option('--start <time>', 'market time at the start, UTC: 2026-04-01T12:30 (default: now)')
      .addOption(
        new Option('--quiet-rows <how>', 'rows of minutes without trades: zeros, or absent')
          .choices(['zero', 'absent'])
          .default('zero'),
      )
      .option('--no-limits', 'disable the rate limits'),
  load: async () => (await import('../commands/simulate-exchange.js')).simulateExchangeCommand,
};
