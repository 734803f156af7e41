import { once } from 'node:events';
import type { EpochMs } from '../../lib/units.js';
import { marketClock } from '../../lib/simulator/exchange/clock.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { SIMULATED_SYMBOLS } from '../../lib/simulator/exchange/symbols.js';
import type { View } from '../../lib/simulator/exchange/view.js';
import { elapsed, now } from '../../lib/world/clock.js';
import { serveExchange } from '../../lib/world/simulator/server.js';
import { parseSymbols, parseTime } from '../arguments.js';
import type { Terminal } from '../terminal.js';

/** The options of `bot simulate-exchange`, as parsed. */
export interface SimulateOptions {
  readonly port: number;
  /** Speed of the market's clock relative to real time. */
  readonly speed: number;
  readonly seed: number;
  readonly symbols?: readonly string[];
  /** Market time at the start; default: now. */
  readonly start?: string;
  readonly quietRows: View['quietRows'];
  /** False: no rate limits. */
  readonly limits: boolean;
}

/** More markets than this take a noticeable time. */
const MANY = 100;

/** `bot simulate-exchange`: a local exchange with Kraken's API, until it is stopped. */
export const simulateExchangeCommand = async (options: SimulateOptions, terminal: Terminal): Promise<void> => {
  const { port, speed, seed, quietRows, limits } = options;
  const symbols = options.symbols ? parseSymbols(options.symbols) : SIMULATED_SYMBOLS;
  const start: EpochMs = options.start === undefined ? now() : parseTime('--start', options.start);
  const clock = marketClock(start, speed, elapsed);
  const exchange = simulatedExchange({ seed, symbols, clock, quietRows, isLimited: limits });
  if (symbols.length > MANY) terminal.err(`Preparing ${symbols.length} markets…`);
  exchange.warmUp();
  const server = await serveExchange(exchange, port);
  terminal.out(
    `simulated Kraken on ${server.url}, seed ${seed}, speed ${speed}×, now ${new Date(exchange.now()).toISOString()}`,
  );
  terminal.out(`Point the bot at it in config.yaml:   exchange: { url: '${server.url}', clock_speed: ${speed} }`);
  terminal.out(`                      filtering: { market_cap_url: '${server.url}/api/v3' }`);
  terminal.out(`or by BOT_EXCHANGE_URL=${server.url} BOT_CLOCK_SPEED=${speed} BOT_MARKET_CAP_URL=${server.url}/api/v3`);
  terminal.out(`${symbols.length} markets; faults on demand: POST ${server.url}/simulator/faults. Ctrl-C stops it.`);
  if (!terminal.signal.aborted) await once(terminal.signal, 'abort');
  await server.close();
};
