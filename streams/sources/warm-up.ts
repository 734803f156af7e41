import { EMPTY, concat, concatMap, defer, map, takeUntil, takeWhile, timer, type Observable } from 'rxjs';
import type { CandleEvent } from '../../lib/market-data/events.js';
import type { Lanes } from '../../lib/market-data/lanes.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS, type DurationMs } from '../../lib/units.js';
import { pollCandles, type CandleQuestions } from './poll-candles.js';

/** The inputs of a start: stored tapes, then what the exchange has since. */
export interface WarmUp extends CandleQuestions {
  /** The stored tapes, up to where the lanes continue. */
  readonly stored: () => AsyncIterable<Tape> | Iterable<Tape>;
  /**
   * Markets that have not caught up by then continue by live polling; default a quarter of an hour.
   */
  readonly maxMs?: DurationMs;
}

/**
 * The stored candles, then the missing ones up to now from the exchange; completes when every
 * market has caught up.
 *
 *     stored    ab|
 *     exchange    ----c-d--…    from the first minute that is not stored
 *     warm-up   ab----c-(d|)    with d the last closed minute of all markets
 */
export const warmUp = (
  lanes: Lanes,
  { stored, maxMs = 15 * MINUTE_MS, ...questions }: WarmUp,
): Observable<CandleEvent> =>
  concat(
    defer(stored).pipe(
      map((tape): CandleEvent => {
        lanes.advanceTo(tape);
        return { kind: 'tape', tape, late: false, rows: [] };
      }),
    ),
    defer(() =>
      lanes.isCaughtUp(questions.now())
        ? EMPTY
        : pollCandles(lanes, { ...questions, mergeMs: MINUTE_MS }, true).pipe(
            map(events => ({ events, done: lanes.isCaughtUp(questions.now()) })),
            takeWhile(({ done }) => !done, true),
            takeUntil(timer(maxMs / (questions.speed ?? 1))),
          ),
    ).pipe(concatMap(({ events }) => events)),
  );
