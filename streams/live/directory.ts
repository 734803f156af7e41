import { concat, concatMap, connect, filter, from, map, merge, of, scan, type Observable } from 'rxjs';
import {
  coinChanges,
  emptyDirectory,
  learn,
  mistakenCaps,
  turnedActive,
  type Directory,
  type DirectoryFact,
} from '../../lib/market-data/directory.js';
import type { FirstAnswers, ScannerPorts } from '../../lib/market-data/ports.js';
import { MINUTE_MS } from '../../lib/units.js';
import { poll } from '../poll.js';
import { coinFacts, type CoinFact } from '../sources/coins.js';
import { tickers } from '../sources/tickers.js';
import { withSettings } from '../with-settings.js';

/** Inputs of the directory. */
export type DirectoryEvent =
  | { readonly kind: 'learnt'; readonly fact: DirectoryFact }
  /** Markets that are no longer traded, or traded again. */
  | { readonly kind: 'turned'; readonly gone: readonly string[]; readonly back: readonly string[] }
  | { readonly kind: 'no_answer'; readonly of: 'tickers' | 'markets' | 'coins'; readonly reason: string };

/** The directory after an event. */
export interface DirectoryStep {
  readonly directory: Directory;
  readonly event: DirectoryEvent;
}

/** A step among the events of a scanner. */
export const directoryEvent = (step: DirectoryStep) => ({ kind: 'directory' as const, ...step });

/** The ports that the directory needs. */
export type DirectoryPorts = Pick<
  ScannerPorts,
  'clock' | 'settings$' | 'exchange' | 'isSimulated' | 'coins' | 'markets'
>;

type Answer = DirectoryFact | Extract<DirectoryEvent, { kind: 'no_answer' }>;

/**
 * Requests the tickers of all markets just before each refresh of the universe, which uses them,
 * and the list of markets half-way between two refreshes: one request each, whatever the number of
 * markets. A failed request changes nothing.
 */
const exchangeFacts = ({ clock, settings$, exchange }: DirectoryPorts): Observable<Answer> =>
  // Refresh times change only at a restart.
  withSettings(settings$, ({ settings }) => {
    const { refreshMs } = settings.filtering;
    const schedule = { now: clock.now, speed: clock.speed, periodMs: refreshMs };
    return merge(
      tickers({ ...schedule, delayMs: refreshMs - MINUTE_MS / 2 }, () => exchange.tickers()).pipe(
        map((event): Answer =>
          event.kind === 'tickers'
            ? { kind: 'tickers', answer: event }
            : { kind: 'no_answer', of: 'tickers', reason: event.reason },
        ),
      ),
      poll({ ...schedule, delayMs: refreshMs / 2 }, () => exchange.markets()).pipe(
        map((polled): Answer =>
          polled.kind === 'answer'
            ? { kind: 'markets', answer: polled.value, at: clock.now() }
            : { kind: 'no_answer', of: 'markets', reason: polled.failure.message },
        ),
      ),
    );
  });

/**
 * Data of other sources about the coins: market capitalisations each hour, listings each day. No
 * other exchange lists simulated coins.
 */
const factsOfCoins = ({
  clock,
  settings$,
  exchange,
  isSimulated,
  coins,
  markets,
}: DirectoryPorts): Observable<Answer> => {
  const answerOf = (fact: CoinFact): Observable<Answer> => {
    switch (fact.kind) {
      case 'caps':
        return from(markets.ownCoins()).pipe(map(own => ({ kind: 'caps', answer: fact.answer, own })));
      case 'listings':
        return of(fact);
      case 'trouble':
        return of({ kind: 'no_answer', of: 'coins', reason: fact.reason });
    }
  };
  return coinFacts({
    now: clock.now,
    speed: clock.speed,
    caps: () => withSettings(settings$, ({ settings }) => coins.caps(settings.filtering)),
    listings: exchanges => coins.listings(exchanges),
    // Our own exchange's listings are known already.
    exchanges$: settings$.pipe(
      map(({ settings }) =>
        isSimulated ? [] : settings.filtering.listingExchanges.filter(name => name !== exchange.name),
      ),
    ),
  }).pipe(concatMap(answerOf));
};

/**
 * Stores the changes of every market that has a row. Emits markets that were delisted or listed
 * again.
 */
const stored = ({ markets }: DirectoryPorts, directory: Directory, fact: DirectoryFact): Observable<DirectoryEvent> => {
  const own$ = fact.kind === 'caps' ? of(fact.own) : from(markets.ownCoins());
  return own$.pipe(
    concatMap(own =>
      from(markets.markets()).pipe(
        concatMap(rows => {
          const mistaken = fact.kind === 'caps' ? mistakenCaps(directory) : undefined;
          const changes = coinChanges(rows, directory, own, mistaken);
          return from(markets.saveCoins(changes)).pipe(map(() => turnedActive(rows, changes)));
        }),
      ),
    ),
    filter(({ gone, back }) => gone.length + back.length > 0),
    map(turned => ({ kind: 'turned', ...turned })),
  );
};

/**
 * Data about markets besides their candles, from the exchange's first answers on. Each list of
 * markets and all market capitalisations are stored too. Never ends by itself.
 *
 *     markets    ----m----x--    x: no answer
 *     coins      ---c--------
 *     steps      mt-cm----x--    m and t of the first answers
 */
export const directory = (ports: DirectoryPorts, first: FirstAnswers): Observable<DirectoryStep> =>
  withSettings(ports.settings$, ({ settings }) => {
    const { clock, exchange, isSimulated, markets } = ports;
    const { refreshMs } = settings.filtering;
    const since = Math.floor(clock.now() / refreshMs) * refreshMs;
    const answer$ = concat(
      from<Answer[]>([
        { kind: 'markets', answer: first.markets, at: clock.now() },
        { kind: 'tickers', answer: first.tickers },
      ]),
      from(markets.caps()).pipe(map((caps): Answer => ({ kind: 'stored_caps', caps }))),
      merge(exchangeFacts(ports), factsOfCoins(ports)),
    );
    return answer$.pipe(
      scan(
        (before: DirectoryStep, answer): DirectoryStep =>
          answer.kind === 'no_answer'
            ? { directory: before.directory, event: answer }
            : { directory: learn(before.directory, answer), event: { kind: 'learnt', fact: answer } },
        {
          directory: emptyDirectory({ since, exchange: exchange.name, isSimulated }),
          event: { kind: 'turned', gone: [], back: [] },
        },
      ),
    );
  }).pipe(
    connect(step$ =>
      merge(
        step$,
        step$.pipe(
          concatMap(({ directory: known, event }) =>
            event.kind === 'learnt' && (event.fact.kind === 'caps' || event.fact.kind === 'markets')
              ? stored(ports, known, event.fact).pipe(map(turned => ({ directory: known, event: turned })))
              : [],
          ),
        ),
      ),
    ),
  );
