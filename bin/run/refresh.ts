import { map, merge, type Observable } from 'rxjs';
import { MINUTE_MS } from '../../lib/units.js';
import { asked } from '../../streams/asked.js';
import { poll } from '../../streams/poll.js';
import { tickers } from '../../streams/sources/tickers.js';
import type { Facts } from './facts.js';
import type { RunWorld } from './world.js';

/**
 * Asks what holds of all markets: their prices just before each refresh of the universe, so that it is judged by them, and their
 * list half-way between two of them. One question each, however many markets there are. What does not come changes nothing.
 * Gives a value whenever something came.
 */
export const refreshes = (
  { exchange, log, now, settings }: Pick<RunWorld, 'exchange' | 'log' | 'now' | 'settings'>,
  facts: Facts,
): Observable<void> => {
  const { refreshMs } = settings().filtering;
  const schedule = { now, speed: settings().exchange.clockSpeed, periodMs: refreshMs };
  const price$ = tickers({ ...schedule, delayMs: refreshMs - MINUTE_MS / 2 }, () =>
    asked(signal => exchange.tickers({ signal })),
  ).pipe(
    map(event => {
      if (event.kind === 'tickers') facts.takeTickers(event);
      else log.warn({ repeatKey: 'tickers' }, `the tickers did not come: ${event.reason}`);
    }),
  );
  const list$ = poll({ ...schedule, delayMs: refreshMs / 2 }, () => asked(signal => exchange.markets({ signal }))).pipe(
    map(polled => {
      if (polled.kind === 'answer') facts.takeMarkets(polled.value);
      else log.warn({ repeatKey: 'markets' }, `the list of markets did not come: ${polled.failure.message}`);
    }),
  );
  return merge(price$, list$);
};
