import { EMPTY, concat, defer, from, ignoreElements, mergeMap, of, type Observable, type ObservableInput } from 'rxjs';
import type { CandleHistory } from '../../lib/exchange/candle-history.js';
import type { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { OhlcAnswer, OhlcRow } from '../../lib/exchange/ports.js';
import type { TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import { toWallClock } from '../../lib/market-data/schedule.js';
import { isOffered, needsHistory, historySince, type StoredStretch } from '../../lib/market-data/timeframe-history.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { request } from './request.js';

/** The outcome of a request for candles of a higher timeframe. */
export type HistoryEvent =
  /** Candles of a market's timeframe were stored. */
  | {
      readonly kind: 'timeframeHistory';
      readonly market: number;
      readonly minutes: number;
      readonly rows: readonly OhlcRow[];
    }
  /** No candles for now: the timeframe starts with the minutes that are known. */
  | { readonly kind: 'trouble'; readonly market: number; readonly minutes: number; readonly reason: string };

/** The inputs of the candles of higher timeframes. */
export interface HistoryInputs {
  /** The candles that the exchange serves. */
  readonly history: CandleHistory;
  /** By lane: the stored minutes; undefined if there are none. */
  readonly stretches: readonly (StoredStretch | undefined)[];
  readonly timeframes: readonly number[];
  /** The stored candles of the timeframes. */
  readonly known: TimeframeHistory | undefined;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  /** Speed of that clock relative to ours; default 1. */
  readonly speed?: number;
  /** Timeout of a silent request, in the exchange's time; default two minutes. */
  readonly timeoutMs?: DurationMs;
  readonly ask: (market: number, minutes: number, since: EpochMs) => ObservableInput<OhlcAnswer>;
  readonly save: (market: number, minutes: number, rows: readonly OhlcRow[]) => ObservableInput<unknown>;
}

/** Concurrent requests, so that a silent one does not block all others. */
const AT_ONCE = 4;

/**
 * Requests the candles of higher timeframes that the store is missing, each once, and stores them.
 * A failed request is reported and skipped; completes after the last request.
 *
 *     ask      a--b-----c--|     b fails
 *     save      -a        -c
 *     timeframeHistory   --a--t-----c|     t trouble
 */
export const timeframeHistory = (world: HistoryInputs): Observable<HistoryEvent> =>
  defer(() => {
    const { history, stretches, timeframes, known, now, speed = 1, timeoutMs = 2 * MINUTE_MS, ask, save } = world;
    // All markets of one timeframe before the next: the exchange requires a pause between two
    // requests about one market.
    const questions = timeframes
      .filter(minutes => isOffered(history, minutes))
      .flatMap(minutes =>
        stretches.flatMap((stretch, market) =>
          needsHistory(history, stretch, known?.(market, minutes) ?? null, minutes, now()) ? [{ market, minutes }] : [],
        ),
      );
    return from(questions).pipe(
      mergeMap(
        question =>
          request<OhlcAnswer, HistoryEvent>(
            () => ask(question.market, question.minutes, historySince(history, question.minutes, now())),
            toWallClock(timeoutMs, speed),
            ({ rows }) => ({ kind: 'timeframeHistory', ...question, rows }),
            ({ message }: ExchangeFailure) => ({ kind: 'trouble', ...question, reason: message }),
          ).pipe(
            mergeMap(event => {
              const saved$ =
                event.kind === 'timeframeHistory' ? from(save(event.market, event.minutes, event.rows)) : EMPTY;
              return concat(saved$.pipe(ignoreElements()), of(event));
            }),
          ),
        AT_ONCE,
      ),
    );
  });
