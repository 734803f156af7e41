import { map, type Observable, type ObservableInput } from 'rxjs';
import type { TickersAnswer } from '../../lib/exchange/ports.js';
import type { Schedule } from '../../lib/market-data/schedule.js';
import type { EpochMs, Ratio } from '../../lib/units.js';
import { poll } from '../poll.js';

/** The tickers at a time of the exchange's clock, or why a request failed. */
export type TickerEvent =
  | ({ readonly kind: 'tickers'; readonly at: EpochMs } & TickersAnswer)
  | { readonly kind: 'trouble'; readonly at: EpochMs; readonly reason: string };

/**
 * The tickers of all markets, one request per refresh.
 *
 *     refresh   |----|----|----
 *     tickers   -a----t----b---    t: it failed, and is asked again
 */
export const tickers = (
  schedule: Schedule,
  ask: () => ObservableInput<TickersAnswer>,
  random?: () => Ratio,
): Observable<TickerEvent> =>
  poll(schedule, ask, random).pipe(
    map((polled): TickerEvent =>
      polled.kind === 'answer'
        ? { kind: 'tickers', at: polled.at, ...polled.value }
        : { kind: 'trouble', at: polled.at, reason: polled.failure.message },
    ),
  );
