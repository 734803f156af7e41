import { catchError, concatMap, EMPTY, map, type Observable } from 'rxjs';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { MINUTE_MS } from '../../lib/units.js';
import { asked } from '../../streams/asked.js';
import { tickers } from '../../streams/sources/tickers.js';
import type { Facts } from './facts.js';
import type { RunWorld } from './world.js';

/**
 * Asks what holds of all markets, just before each refresh of the universe, so that it is judged by that: two questions,
 * however many markets there are. What does not come changes nothing.
 */
export const refreshes = (
  { exchange, log, now, settings }: Pick<RunWorld, 'exchange' | 'log' | 'now' | 'settings'>,
  facts: Facts,
): Observable<void> => {
  const { refreshMs } = settings().filtering;
  const schedule = {
    now,
    speed: settings().exchange.clockSpeed,
    periodMs: refreshMs,
    delayMs: refreshMs - MINUTE_MS / 2,
  };
  return tickers(schedule, () => asked(signal => exchange.tickers({ signal }))).pipe(
    concatMap(event => {
      if (event.kind === 'trouble') {
        log.warn({ cause: 'tickers' }, `the tickers did not come: ${event.reason}`);
        return EMPTY;
      }
      facts.takeTickers(event);
      return asked(signal => exchange.markets({ signal })).pipe(
        map(answer => facts.takeMarkets(answer)),
        catchError((error: unknown) => {
          if (!(error instanceof ExchangeFailure) || error.next === 'stop') throw error;
          log.warn({ cause: 'markets' }, `the list of markets did not come: ${error.message}`);
          return EMPTY;
        }),
      );
    }),
  );
};
