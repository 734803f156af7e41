import { defer, exhaustMap, from, map, of, repeat, switchMap, throwError, timeout, timer } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { ExchangeFailure } from '../lib/exchange/failure.js';
import { nextDue, ownPatience, type Schedule } from '../lib/live/schedule.js';
import { EXCHANGE_BACKOFF } from '../lib/retry.js';
import type { DurationMs, EpochMs, Ratio } from '../lib/units.js';
import { again } from './again.js';

/** What came of asking at a tick. */
export type Polled<T> =
  | {
      readonly kind: 'answer';
      /** The whole period of the exchange's clock at which it was asked. */
      readonly at: EpochMs;
      readonly value: T;
      /** Ticks since the question before this one that went by while its answer was pending. */
      readonly skipped: number;
    }
  | { readonly kind: 'failed'; readonly at: EpochMs; readonly failure: ExchangeFailure };

/** Node counts a timer's whole milliseconds from when its loop last looked at the clock: it may fire sooner than asked by as much as that is ago. */
const MOST_EARLY_MS = 1_000;

/** Gives `at` once the exchange's clock is there, never before: what is due only then is asked for only at the next tick. */
const reached = (schedule: Schedule, at: EpochMs, waitMs: DurationMs): Observable<EpochMs> =>
  timer(waitMs).pipe(
    switchMap(() => {
      const { now, delayMs = 0, speed = 1 } = schedule;
      const leftMs = (at + delayMs - now()) / speed;
      // much more than that: the clock was set back
      return leftMs > 0 && leftMs <= MOST_EARLY_MS ? reached(schedule, at, Math.ceil(leftMs)) : of(at);
    }),
  );

/** Ticks for ever, each time reckoned anew from the exchange's clock, so that neither drift nor a step of it adds up. */
const ticksOf = (schedule: Schedule): Observable<EpochMs> =>
  defer(() => {
    let last = Number.NaN;
    return defer(() => {
      const { at, waitMs } = nextDue(schedule, last);
      last = at;
      return reached(schedule, at, waitMs);
    }).pipe(repeat());
  });

/**
 * Asks at each whole period of the exchange's clock, and skips it while an answer is pending. A question that failed and may
 * be repeated is asked again after a growing wait; what cannot be mended by waiting fails the stream, which else never ends.
 *
 *     tick     t----t----t----t----t-
 *     ask      --a|      -------b|         skipped: the tick at which b was pending
 *                   #-r--|                 failed, asked again after the wait
 *     polled   --a--f-r---------b----
 */
export const poll = <T>(
  schedule: Schedule,
  ask: (at: EpochMs) => ObservableInput<T>,
  random: () => Ratio = () => 1,
  backoff = EXCHANGE_BACKOFF,
): Observable<Polled<T>> =>
  defer(() => {
    const { speed = 1, patienceMs = 5 * schedule.periodMs } = schedule;
    let [ticks, asked] = [0, 0];
    const answersAt = (at: EpochMs): Observable<Polled<T>> => {
      const skipped = asked === 0 ? 0 : ticks - asked - 1;
      asked = ticks;
      const answer = () =>
        from(ask(at)).pipe(
          timeout({
            each: ownPatience(patienceMs, speed),
            with: () => throwError(() => new ExchangeFailure('dropped', `no answer within ${patienceMs / 1_000} s`)),
          }),
        );
      return again(answer, { backoff, random, speed, mayRepeat: ({ next }) => next === 'retry' }).pipe(
        map((tried): Polled<T> =>
          tried.kind === 'answer'
            ? { kind: 'answer', at, value: tried.value, skipped }
            : { kind: 'failed', at, failure: tried.failure },
        ),
      );
    };
    return ticksOf(schedule).pipe(
      map(at => (ticks++, at)),
      exhaustMap(answersAt),
    );
  });
