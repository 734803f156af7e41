import { defer, exhaustMap, from, map, of, repeat, switchMap, throwError, timeout, timer } from 'rxjs';
import type { Observable, ObservableInput } from 'rxjs';
import { ExchangeFailure } from '../lib/exchange/failure.js';
import { nextTick, toWallClock, type Schedule } from '../lib/market-data/schedule.js';
import { EXCHANGE_BACKOFF } from '../lib/retry.js';
import type { DurationMs, EpochMs, Ratio } from '../lib/units.js';
import { again } from './again.js';

/** Result of a poll. */
export type PollResult<T> =
  | {
      readonly kind: 'answer';
      /** The whole period of the exchange's clock at which the request was made. */
      readonly at: EpochMs;
      readonly value: T;
      /** Ticks skipped since the previous request, while its answer was pending. */
      readonly skipped: number;
    }
  | { readonly kind: 'failed'; readonly at: EpochMs; readonly failure: ExchangeFailure };

/**
 * Node times timers from the event loop's cached clock, so a timer may fire early by the age of
 * that cache.
 */
const MAX_EARLY_MS = 1_000;

/**
 * Emits `at` once the exchange's clock has reached it, never earlier: data that are due only then
 * would be missed until the next tick.
 */
const reached = (schedule: Schedule, at: EpochMs, waitMs: DurationMs): Observable<EpochMs> =>
  timer(waitMs).pipe(
    switchMap(() => {
      const { now, delayMs = 0, speed = 1 } = schedule;
      const leftMs = (at + delayMs - now()) / speed;
      // much more than that: the clock was set back
      return leftMs > 0 && leftMs <= MAX_EARLY_MS ? reached(schedule, at, Math.ceil(leftMs)) : of(at);
    }),
  );

/**
 * Endless ticks. Each is computed from the exchange's clock, so neither drift nor a step of that
 * clock adds up.
 */
const ticksOf = (schedule: Schedule): Observable<EpochMs> =>
  defer(() => {
    let last = Number.NaN;
    return defer(() => {
      const { at, waitMs } = nextTick(schedule, last);
      last = at;
      return reached(schedule, at, waitMs);
    }).pipe(repeat());
  });

/**
 * Requests at each whole period of the exchange's clock; ticks are skipped while an answer is
 * pending. A request that failed and may be repeated is retried after a growing wait; a permanent
 * failure fails the stream, which otherwise never ends.
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
): Observable<PollResult<T>> =>
  defer(() => {
    const { speed = 1, timeoutMs = 5 * schedule.periodMs } = schedule;
    let [ticks, asked] = [0, 0];
    const answersAt = (at: EpochMs): Observable<PollResult<T>> => {
      const skipped = asked === 0 ? 0 : ticks - asked - 1;
      asked = ticks;
      const answer = () =>
        from(ask(at)).pipe(
          timeout({
            each: toWallClock(timeoutMs, speed),
            with: () => throwError(() => new ExchangeFailure('dropped', `no answer within ${timeoutMs / 1_000} s`)),
          }),
        );
      return again(answer, { backoff, random, speed, mayRepeat: ({ next }) => next === 'retry' }).pipe(
        map((tried): PollResult<T> =>
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
