import {
  EMPTY,
  bufferTime,
  defer,
  filter,
  from,
  map,
  merge,
  mergeMap,
  throwError,
  type Observable,
  type ObservableInput,
} from 'rxjs';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { OhlcAnswer, TradesAnswer } from '../../lib/exchange/ports.js';
import type { CandleEvent } from '../../lib/market-data/events.js';
import type { LaneAnswer, Lanes } from '../../lib/market-data/lanes.js';
import { toWallClock, type Schedule } from '../../lib/market-data/schedule.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { poll } from '../poll.js';
import { request } from './request.js';

/**
 * How candles are requested from the exchange, and how often. Durations are in the exchange's time.
 */
export interface CandleQuestions extends Pick<Schedule, 'now' | 'speed'> {
  /** Candles of the market in this lane that open at or after `since`. */
  readonly candles: (market: number, since: EpochMs) => ObservableInput<OhlcAnswer>;
  /** A page of the market's trades. */
  readonly trades: (market: number, sinceNs: string) => ObservableInput<TradesAnswer>;
  /** Urgency of a market, lower is more urgent; default: all alike. Evaluated each minute. */
  readonly rankOf?: (market: number) => number;
  /** Markets whose candles the budget allows to request per minute; default unlimited. */
  readonly perMinute?: number;
  /**
   * Whether requests pause because answers cannot be stored; the exchange still has the data later.
   */
  readonly isPaused?: () => boolean;
  /**
   * How long answers of a minute are awaited before those that arrived are emitted; default half a
   * minute.
   */
  readonly mergeMs?: DurationMs;
  /** Interval between two pages of trades; default five seconds. */
  readonly pageEveryMs?: DurationMs;
}

/** A request ends before the next minute is settled. */
const TIMEOUT_MS = MINUTE_MS - 1_000;

/**
 * Result of a market's request while nothing can be stored: it is repeated a minute later, from the
 * same point.
 */
const BEHIND = new ExchangeFailure('dropped', 'the database is behind: no more requests until it has caught up');

/**
 * Requests the candles of each minute once it is settled, and in parallel, a page at a time, the
 * trades for time that candles do not reach. Emits the result of the answers that arrived together,
 * which may be empty. Never ends by itself.
 *
 *     minute    |-------|-------|---
 *     candles    -(ab)c| -a-(bc)|        c is slow at first
 *     rounds    ---2--1-----3-------     ab go out, then c on a tape of its own
 */
export const pollCandles = (
  lanes: Lanes,
  questions: CandleQuestions,
  eager = false,
): Observable<readonly CandleEvent[]> => {
  const { now, speed = 1, rankOf = () => 0, perMinute = Infinity, mergeMs = 30_000, pageEveryMs = 5_000 } = questions;
  const { isPaused = () => false } = questions;
  const timeoutMs = toWallClock(TIMEOUT_MS, speed);
  const failed =
    (market: number, of: 'ohlc' | 'trades') =>
    (failure: Extract<LaneAnswer, { kind: 'failed' }>['failure']): LaneAnswer => ({
      kind: 'failed',
      market,
      of,
      failure,
    });

  const minute = () =>
    from(lanes.due(now(), perMinute, rankOf)).pipe(
      mergeMap(({ market, since }) => {
        const askedAt = now();
        return request(
          () => (isPaused() ? throwError(() => BEHIND) : questions.candles(market, since)),
          timeoutMs,
          (answer): LaneAnswer => ({ kind: 'candles', market, answer, askedAt, since, cameAt: now() }),
          failed(market, 'ohlc'),
        );
      }),
      bufferTime(mergeMs / speed),
      filter(answers => answers.length > 0),
      map(answers => lanes.take(answers, now())),
    );

  const page = () =>
    defer(() => {
      const question = lanes.repair(now());
      if (!question) return EMPTY;
      const { market, sinceNs } = question;
      const askedAt = now();
      return request(
        () => questions.trades(market, sinceNs),
        timeoutMs,
        (answer): LaneAnswer => ({ kind: 'trades', market, page: answer, askedAt }),
        failed(market, 'trades'),
      ).pipe(map(answer => lanes.take([answer], now())));
    });

  const clock = { now, speed, eager };
  return merge(
    poll({ ...clock, periodMs: MINUTE_MS, delayMs: lanes.settleMs }, minute),
    poll({ ...clock, periodMs: pageEveryMs }, page),
  ).pipe(map(polled => (polled.kind === 'answer' ? polled.value : [])));
};
