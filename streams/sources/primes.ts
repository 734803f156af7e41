import { EMPTY, concat, defer, from, ignoreElements, mergeMap, of, type Observable, type ObservableInput } from 'rxjs';
import type { CandleHistory } from '../../lib/exchange/candle-history.js';
import type { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { OhlcAnswer, OhlcRow } from '../../lib/exchange/ports.js';
import type { Primes } from '../../lib/indicators/primes.js';
import { ownPatience } from '../../lib/live/schedule.js';
import { isOffered, lacksPrimes, primesSince, type Stretch } from '../../lib/live/primes.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { answerTo } from './answer-to.js';

export type PrimeEvent =
  /** Candles of a market's timeframe have been stored. */
  | { readonly kind: 'primes'; readonly market: number; readonly minutes: number; readonly rows: readonly OhlcRow[] }
  /** There are none for now: the timeframe begins with the minutes that are known. */
  | { readonly kind: 'trouble'; readonly market: number; readonly minutes: number; readonly reason: string };

export interface PrimeWorld {
  /** The candles that the exchange serves. */
  readonly history: CandleHistory;
  /** By lane: the stored minutes; undefined where there are none. */
  readonly stretches: readonly (Stretch | undefined)[];
  readonly timeframes: readonly number[];
  /** The stored candles of the timeframes. */
  readonly known: Primes | undefined;
  /** The exchange's clock. */
  readonly now: () => EpochMs;
  /** How many times faster than ours that runs; 1 unless told. */
  readonly speed?: number;
  /** A question that is silent for so long, of the exchange's time, is given up; two minutes unless told. */
  readonly patienceMs?: DurationMs;
  readonly ask: (market: number, minutes: number, since: EpochMs) => ObservableInput<OhlcAnswer>;
  readonly save: (market: number, minutes: number, rows: readonly OhlcRow[]) => ObservableInput<unknown>;
}

/** Questions under way, so that a silent one does not hold up all others. */
const AT_ONCE = 4;

/**
 * Asks once for the candles of the higher timeframes that the store lacks, and stores them. A question that fails is told and
 * left; completes when all have been asked.
 *
 *     ask      a--b-----c--|     b fails
 *     save      -a        -c
 *     primes   --a--t-----c|     t trouble
 */
export const primes = (world: PrimeWorld): Observable<PrimeEvent> =>
  defer(() => {
    const { history, stretches, timeframes, known, now, speed = 1, patienceMs = 2 * MINUTE_MS, ask, save } = world;
    // All markets of one timeframe before the next: the exchange wants a pause between two questions about one market.
    const questions = timeframes
      .filter(minutes => isOffered(history, minutes))
      .flatMap(minutes =>
        stretches.flatMap((stretch, market) =>
          lacksPrimes(history, stretch, known?.(market, minutes) ?? null, minutes, now()) ? [{ market, minutes }] : [],
        ),
      );
    return from(questions).pipe(
      mergeMap(
        question =>
          answerTo<OhlcAnswer, PrimeEvent>(
            () => ask(question.market, question.minutes, primesSince(history, question.minutes, now())),
            ownPatience(patienceMs, speed),
            ({ rows }) => ({ kind: 'primes', ...question, rows }),
            ({ message }: ExchangeFailure) => ({ kind: 'trouble', ...question, reason: message }),
          ).pipe(
            mergeMap(event => {
              const saved$ = event.kind === 'primes' ? from(save(event.market, event.minutes, event.rows)) : EMPTY;
              return concat(saved$.pipe(ignoreElements()), of(event));
            }),
          ),
        AT_ONCE,
      ),
    );
  });
