import { marketClock } from '../../lib/simulator/exchange/clock.js';
import { SIMULATED_SYMBOLS } from '../../lib/simulator/exchange/symbols.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { type EpochMs, wholeMinute } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { serveExchange } from '../../lib/world/simulator/server.js';
import { marketTime } from './process-log.js';

/** A simulated exchange for the processes of a run. */
export interface Simulation {
  /** Environment variables that point the processes at it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly title: string;
  close(): Promise<void>;
}

/**
 * Starts a simulated exchange whose clock starts at `start` and runs `speed` times as fast as ours.
 */
export const openSimulation = async ({
  seed,
  speed,
  start,
  symbols = SIMULATED_SYMBOLS,
  limits = true,
}: {
  readonly seed: number;
  readonly speed: number;
  readonly start: EpochMs;
  readonly symbols?: readonly string[];
  readonly limits?: boolean;
}): Promise<Simulation> => {
  const exchange = simulatedExchange({ seed, symbols, clock: marketClock(start, speed, elapsed), isLimited: limits });
  exchange.warmUp();
  const server = await serveExchange(exchange, 0);
  return {
    environment: {
      BOT_EXCHANGE_URL: server.url,
      BOT_CLOCK_SPEED: String(speed),
      BOT_MARKET_CAP_URL: `${server.url}/api/v3`,
    },
    title: `simulated Kraken on ${server.url}, seed ${seed}: its clock begins at ${marketTime('simulated', wholeMinute(start))} and runs ${speed} times as fast as real time`,
    close: () => server.close(),
  };
};
