import { EMPTY, catchError, defer, from, map, merge, mergeMap, switchMap, take, throwError } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { ExchangeFailure, failureOf } from '../../lib/exchange/failure.js';
import { dueExchanges, mergeListings, type ExchangeListing, type Listings } from '../../lib/reference/listings.js';
import type { Schedule } from '../../lib/market-data/schedule.js';
import type { CoinsAnswer } from '../../lib/reference/coin.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type DurationMs, type Ratio } from '../../lib/units.js';
import { poll } from '../poll.js';

/** New data on coins, or why there are none. */
export type CoinFact =
  | { readonly kind: 'caps'; readonly answer: CoinsAnswer }
  /** All listings known, including those of exchanges that did not answer this time. */
  | { readonly kind: 'listings'; readonly listings: Listings }
  | { readonly kind: 'trouble'; readonly reason: string };

/** How coin data are requested, and how often. Durations are in the exchange's time. */
export interface CoinQuestions extends Pick<Schedule, 'now' | 'speed'> {
  readonly caps: () => ObservableInput<CoinsAnswer>;
  /** Requests the listings of some of `exchanges`. */
  readonly listings: (exchanges: readonly string[]) => ObservableInput<readonly ExchangeListing[]>;
  /**
   * The exchanges whose listings are wanted: the newest list counts at each request. Emits a list
   * on subscription.
   */
  readonly exchanges$: Observable<readonly string[]>;
  /** Default an hour; exchanges whose listings are due are requested as often. */
  readonly capsEveryMs?: DurationMs;
  /** Default a day. */
  readonly listingsEveryMs?: DurationMs;
  /** Jitter, from 0 up to 1. */
  readonly random?: () => Ratio;
}

/** Coin data change so slowly that an unreachable source can wait for the next period. */
const BACKOFF = { firstMs: 10_000, factor: 3, maxMs: 30 * MINUTE_MS };

/** Permanent failures wait for the next period too, so that nothing here stops the bot. */
const waiting = (error: unknown): ExchangeFailure => {
  const failure = failureOf(error, null);
  return failure.next === 'stop' || failure.next === 'skip' ? new ExchangeFailure('dropped', failure.message) : failure;
};

/**
 * The largest coins, and the listings of the exchanges: at once and then each period. Exchanges
 * that gave no answer are requested again, alone, an hour later. Never ends and never fails.
 *
 *     hour    |------|------|------|
 *     caps    -a------a------t------
 *     facts   -ab-----a------t------    b: listings, t: trouble
 */
export const coinFacts = (questions: CoinQuestions): Observable<CoinFact> =>
  defer(() => {
    const { now, speed = 1, caps, listings, exchanges$, random } = questions;
    const { capsEveryMs = HOUR_MS, listingsEveryMs = DAY_MS } = questions;
    const schedule = { now, speed, periodMs: capsEveryMs, eager: true };
    let known: Listings = new Map();

    const polled = (ask: () => Observable<CoinFact>): Observable<CoinFact> =>
      poll(
        schedule,
        () => ask().pipe(catchError((error: unknown) => throwError(() => waiting(error)))),
        random,
        BACKOFF,
      ).pipe(map(each => (each.kind === 'answer' ? each.value : { kind: 'trouble', reason: each.failure.message })));

    return merge(
      polled(() => defer(caps).pipe(map((answer): CoinFact => ({ kind: 'caps', answer })))),
      polled(() =>
        exchanges$.pipe(
          take(1),
          map(exchanges => dueExchanges(known, exchanges, now(), listingsEveryMs)),
          switchMap(due => (due.length === 0 ? EMPTY : listings(due))),
          mergeMap(answers => {
            known = mergeListings(known, answers);
            const troubles = answers.flatMap((answer): CoinFact[] =>
              'failure' in answer ? [{ kind: 'trouble', reason: `${answer.exchange}: ${answer.failure}` }] : [],
            );
            return troubles.length < answers.length
              ? from<CoinFact[]>([{ kind: 'listings', listings: known }, ...troubles])
              : from(troubles);
          }),
        ),
      ),
    );
  });
