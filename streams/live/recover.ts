import { EMPTY, concat, connect, defer, from, map, merge, of, reduce, switchMap, type Observable } from 'rxjs';
import type { OpenedMarkets, ScannerPorts, Session, StoredTimeframes } from '../../lib/market-data/ports.js';
import type { ExchangeMarket } from '../../lib/exchange/ports.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import type { Tracked } from '../../lib/universe/tracked.js';
import { withSettings } from '../with-settings.js';
import { timeframeHistory, type HistoryEvent } from '../sources/timeframe-history.js';

/** Events of a recovery. */
export type RecoverEvent =
  | { readonly kind: 'opened'; readonly opened: OpenedMarkets }
  /** Candles of a higher timeframe arrived, or failed. */
  | { readonly kind: 'primed'; readonly symbol: string; readonly prime: HistoryEvent }
  | { readonly kind: 'session'; readonly session: Session };

/** The ports that a recovery needs. */
export type RecoverPorts = Pick<ScannerPorts, 'clock' | 'exchange' | 'recovery' | 'settings$'>;

/**
 * How often failed candles of higher timeframes are requested again: those that stay missing are
 * missing for fifty hours.
 */
const PRIME_ROUNDS = 3;

/** Fetches the candles of higher timeframes that the store is missing; retries failed requests. */
const timeframeHistories = (
  { clock, exchange, recovery }: Omit<RecoverPorts, 'settings$'>,
  opened: OpenedMarkets,
  indicators: IndicatorSettings,
  rounds = PRIME_ROUNDS,
): Observable<RecoverEvent> => {
  const asked = ({ known, stretches }: StoredTimeframes): Observable<HistoryEvent> =>
    timeframeHistory({
      now: clock.now,
      speed: clock.speed,
      history: exchange.history,
      timeframes: indicators.timeframes,
      known,
      stretches,
      ask: (market, minutes, since) => exchange.candles(opened.symbols[market]!, minutes, since, 'warm_up'),
      save: (market, minutes, rows) => recovery.savePrimes(opened.ids[market]!, minutes, rows),
    });
  return defer(() => recovery.timeframeHistory(opened, indicators)).pipe(
    switchMap(asked),
    connect(event$ =>
      merge(
        event$.pipe(map((prime): RecoverEvent => ({ kind: 'primed', symbol: opened.symbols[prime.market]!, prime }))),
        event$.pipe(
          reduce((failures, { kind }) => failures + (kind === 'trouble' ? 1 : 0), 0),
          switchMap(failures =>
            failures > 0 && rounds > 1
              ? timeframeHistories({ clock, exchange, recovery }, opened, indicators, rounds - 1)
              : EMPTY,
          ),
        ),
      ),
    ),
  );
};

/**
 * Prepares a session for these markets: their stored data, plus the candles of higher timeframes
 * that were missing. Completes with the session. Unsubscribing ends everything under way.
 *
 *     open       -o|
 *     timeframeHistory       --p--p|
 *     session            -s|
 *     recover    -o--p--p-(s|)
 */
export const recover = (
  ports: RecoverPorts,
  tracked: Tracked,
  markets: readonly ExchangeMarket[],
): Observable<RecoverEvent> =>
  // Indicators change only at a restart.
  withSettings(ports.settings$, ({ settings: { indicators } }) =>
    from(ports.recovery.open(tracked, markets)).pipe(
      switchMap(opened =>
        concat(
          of<RecoverEvent>({ kind: 'opened', opened }),
          timeframeHistories(ports, opened, indicators),
          defer(() => ports.recovery.session(opened, indicators)).pipe(
            map((session): RecoverEvent => ({ kind: 'session', session })),
          ),
        ),
      ),
    ),
  );
