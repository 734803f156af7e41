import { EMPTY, catchError, defer, from, map, merge, mergeMap, switchMap, take, throwError } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { ExchangeFailure, failureOf } from '../../lib/exchange/failure.js';
import { dueExchanges, mergeListings, type ExchangeListing, type Listings } from '../../lib/listings/listings.js';
import type { Schedule } from '../../lib/live/schedule.js';
import type { CoinsAnswer } from '../../lib/market-caps/coin.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, type DurationMs, type Ratio } from '../../lib/units.js';
import { poll } from '../poll.js';

export type CoinFact =
  | { readonly kind: 'caps'; readonly answer: CoinsAnswer }
  /** All that is known, also of exchanges that did not answer this time. */
  | { readonly kind: 'listings'; readonly listings: Listings }
  | { readonly kind: 'trouble'; readonly reason: string };

/** How facts about coins are asked for, and how often. Lengths are of the exchange's time. */
export interface CoinQuestions extends Pick<Schedule, 'now' | 'speed'> {
  readonly caps: () => ObservableInput<CoinsAnswer>;
  /** Asked about some of `exchanges`. */
  readonly listings: (exchanges: readonly string[]) => ObservableInput<readonly ExchangeListing[]>;
  /** Whose listings are wanted: the list at each question counts. Has one as soon as somebody listens. */
  readonly exchanges$: Observable<readonly string[]>;
  /** An hour unless told; exchanges whose listings are due are asked as often. */
  readonly capsEveryMs?: DurationMs;
  /** A day unless told. */
  readonly listingsEveryMs?: DurationMs;
  /** Jitter, from 0 up to 1. */
  readonly random?: () => Ratio;
}

/** Facts that change this slowly can wait for whoever is out of reach. */
const BACKOFF = { firstMs: 10_000, factor: 3, mostMs: 30 * MINUTE_MS };

/** As what waits for the next period whatever asking again at once cannot mend, so that nothing here stops the bot. */
const waiting = (error: unknown): ExchangeFailure => {
  const failure = failureOf(error, null);
  return failure.next === 'stop' || failure.next === 'skip' ? new ExchangeFailure('dropped', failure.message) : failure;
};

/**
 * The largest coins, and what is listed on the exchanges: at once and then each period. Exchanges that gave no answer are asked
 * again, alone, an hour later. Never ends and never fails.
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
