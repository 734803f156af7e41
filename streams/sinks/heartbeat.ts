import { connect, defer, exhaustMap, filter, from, ignoreElements, merge, tap } from 'rxjs';
import type { MonoTypeOperatorFunction, ObservableInput } from 'rxjs';
import type { DurationMs } from '../../lib/units.js';
import { poll } from '../poll.js';

/** The contents and the times of heartbeats. */
export interface HeartbeatOptions<E, H> {
  readonly start: H;
  /** The health after an event. */
  readonly after: (health: H, event: E) => H;
  /** Whether an event is reported at once. */
  readonly isNews: (event: E) => boolean;
  /** The health after a report, without what is reported only once. */
  readonly reported: (health: H) => H;
  readonly beat: (health: H) => ObservableInput<unknown>;
  /** The local clock. */
  readonly elapsed: () => DurationMs;
  /** The maximum time between heartbeats; default: ten seconds. */
  readonly everyMs?: DurationMs;
}

/**
 * Passes events on and reports the health that they accumulate to: at events that are news, and
 * once per period. News that arrives during a report is part of the next one.
 *
 *     event    a--n--a-----------
 *     period   |------|------|---
 *     beat     ---b---b------b---
 */
export const heartbeat =
  <E, H>({
    start,
    after,
    isNews,
    reported,
    beat,
    elapsed,
    everyMs = 10_000,
  }: HeartbeatOptions<E, H>): MonoTypeOperatorFunction<E> =>
  event$ =>
    defer(() => {
      let health = start;
      const beaten = () =>
        defer(() => {
          const now = health;
          health = reported(health);
          return from(beat(now));
        });
      return event$.pipe(
        tap(event => (health = after(health, event))),
        connect(events$ => {
          const news$ = events$.pipe(filter(isNews));
          const period$ = poll({ now: () => Number(elapsed()), periodMs: everyMs }, () => [null]);
          return merge(events$, merge(news$, period$).pipe(exhaustMap(beaten), ignoreElements()));
        }),
      );
    });
