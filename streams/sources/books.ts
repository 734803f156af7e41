import { EMPTY, defer, from, mergeMap, of, switchMap, take, type Observable, type ObservableInput } from 'rxjs';
import type { FailureKind } from '../../lib/exchange/failure.js';
import { RANKS, type Priority } from '../../lib/exchange/request-budget.js';
import type { BookFault, OrderBook, UsableBook } from '../../lib/exchange/ports.js';
import { toWallClock, type Schedule } from '../../lib/market-data/schedule.js';
import { FairScheduler } from '../../lib/market-data/fair-scheduler.js';
import type { DurationMs } from '../../lib/units.js';
import { poll } from '../poll.js';
import { request } from './request.js';

/** The outcome of a request for an order book. */
export type BookEvent =
  | { readonly kind: 'book'; readonly symbol: string; readonly book: UsableBook }
  /** An unusable order book. */
  | { readonly kind: 'fault'; readonly symbol: string; readonly fault: BookFault }
  | { readonly kind: 'trouble'; readonly symbol: string; readonly reason: string; readonly failure: FailureKind };

/**
 * Requests the order book of a market once. A request without an answer for `timeoutMs`, of our
 * own time, has failed.
 *
 *     ask    --b      book   --(b|)
 *     ask    --#      book   --(t|)    t: trouble
 */
export const book = (
  symbol: string,
  ask: () => ObservableInput<OrderBook>,
  timeoutMs: DurationMs,
): Observable<BookEvent> =>
  request<OrderBook, BookEvent>(
    ask,
    timeoutMs,
    came => (came.usable ? { kind: 'book', symbol, book: came } : { kind: 'fault', symbol, fault: came.fault }),
    ({ kind, message }) => ({ kind: 'trouble', symbol, reason: message, failure: kind }),
  );

/** The inputs of the order books. */
export interface BookInputs extends Schedule {
  /**
   * The markets whose books are requested, and why: the newest list counts in each period. Emits a
   * list on subscription.
   */
  readonly wanted$: Observable<readonly { readonly symbol: string; readonly rank: Priority }[]>;
  /** Requests that the budget allows in a period. */
  readonly most: number;
  readonly ask: (symbol: string, rank: Priority) => ObservableInput<OrderBook>;
}

/**
 * The order books of the wanted markets in each period, as they arrive: the most urgent first, and
 * among equals those that have waited longest if the budget does not allow for all.
 *
 *     period   |------|------|------
 *     books    -a--b---a--f---a--b--    f: b's book is crossed, empty or stale
 */
export const books = ({ wanted$, most, ask, ...schedule }: BookInputs): Observable<BookEvent> =>
  defer(() => {
    const turns = new FairScheduler<string>();
    const { periodMs, timeoutMs = periodMs, speed = 1 } = schedule;
    const bookOf = (symbol: string, rank: Priority) =>
      book(symbol, () => ask(symbol, rank), toWallClock(timeoutMs, speed));
    return poll({ ...schedule, timeoutMs: 2 * timeoutMs }, () =>
      wanted$.pipe(
        take(1),
        switchMap(wanted => {
          const ranks = new Map(wanted.map(({ symbol, rank }) => [symbol, rank]));
          const applicants = [...ranks].map(([key, rank]) => ({ key, rank: RANKS.indexOf(rank) }));
          return from(turns.next(applicants, most)).pipe(mergeMap(symbol => bookOf(symbol, ranks.get(symbol)!)));
        }),
      ),
    ).pipe(mergeMap(polled => (polled.kind === 'answer' ? of(polled.value) : EMPTY)));
  });
