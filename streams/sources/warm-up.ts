import { EMPTY, concat, concatMap, defer, map, takeUntil, takeWhile, timer, type Observable } from 'rxjs';
import type { CandleEvent } from '../../lib/live/events.js';
import type { Lanes } from '../../lib/live/lanes.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type DurationMs } from '../../lib/units.js';
import { rounds, type CandleQuestions } from './rounds.js';

export interface WarmUp extends CandleQuestions {
  /** The stored tapes, up to where the lanes go on. */
  readonly stored: () => AsyncIterable<Tape> | Iterable<Tape>;
  /** Markets that have not caught up by then are left to live polling; a quarter of an hour unless told. */
  readonly mostMs?: DurationMs;
}

/**
 * What is stored, then what is lacking up to now from the exchange; completes once every market has caught up.
 *
 *     stored    ab|
 *     exchange    ----c-d--…    from the first minute that is not stored
 *     warm-up   ab----c-(d|)    with d the last closed minute of all markets
 */
export const warmUp = (
  lanes: Lanes,
  { stored, mostMs = 15 * MINUTE_MS, ...questions }: WarmUp,
): Observable<CandleEvent> =>
  concat(
    defer(stored).pipe(
      map((tape): CandleEvent => {
        lanes.passed(tape);
        return { kind: 'tape', tape, late: false, rows: [] };
      }),
    ),
    defer(() =>
      lanes.isCaughtUp(questions.now())
        ? EMPTY
        : rounds(lanes, { ...questions, mergeMs: MINUTE_MS }, true).pipe(
            map(events => ({ events, done: lanes.isCaughtUp(questions.now()) })),
            takeWhile(({ done }) => !done, true),
            takeUntil(timer(mostMs / (questions.speed ?? 1))),
          ),
    ).pipe(concatMap(({ events }) => events)),
  );
