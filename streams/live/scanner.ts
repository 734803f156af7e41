import {
  combineLatest,
  connect,
  defer,
  distinctUntilChanged,
  filter,
  map,
  merge,
  scan as fold,
  shareReplay,
  switchMap,
  take,
  timer,
  withLatestFrom,
  type Observable,
} from 'rxjs';
import { contextOf } from '../../lib/context/context.js';
import type { ContactEvent } from '../../lib/live/positions-events.js';
import { Backlog } from '../../lib/live/backlog.js';
import { liveFactsOf, type Directory } from '../../lib/live/directory.js';
import { LANE_RULES } from '../../lib/live/lane.js';
import type { RetentionOutcome, ScannerPorts, Session } from '../../lib/live/ports.js';
import type { Settings } from '../../lib/settings/settings.js';
import { knownSince, saidBefore } from '../../lib/universe/recorded.js';
import { trackedMarkets, type Tracked } from '../../lib/universe/tracked.js';
import type { Known } from '../../lib/universe/universe.js';
import type { SignalTape } from '../momentum.js';
import { scan } from '../scan.js';
import { candles } from '../sources/candles.js';
import { afterContact } from './contact.js';
import { directory, type DirectoryStep } from './directory.js';
import { dayWork, diskSpace, isFull, type DiskEvent } from './housekeeping.js';
import { recover, type RecoverEvent } from './recover.js';
import { snapshots, type SnapshotEvent } from './snapshots.js';
import { storeScans, type StoredStep } from './store-scans.js';

/** Events of a session of tracked markets; lanes are those of `symbols`. */
export type SessionEvent = (StoredStep | SnapshotEvent) & { readonly symbols: readonly string[] };

/** All events of a live scanner. */
export type ScannerEvent =
  | ({ readonly kind: 'directory' } & DirectoryStep)
  | ContactEvent
  | RecoverEvent
  | SessionEvent
  | DiskEvent
  | { readonly kind: 'retained'; readonly retained: RetentionOutcome };

/** Limit of bytes waiting to be stored; above it requests pause. */
const MAX_BACKLOG = 64 * 1024 * 1024;
/** How long the first answer about coins is awaited, in our own time. */
const COINS_MS = 20_000;

const sameMarkets = (a: Tracked, b: Tracked): boolean =>
  a.traded.join() === b.traded.join() && a.auxiliary.join() === b.auxiliary.join();

/** Whether the first verdicts need not wait any longer for market capitalisations. */
const isOfCoins = ({ event }: DirectoryStep): boolean =>
  event.kind === 'no_answer' ? event.of === 'coins' : event.kind === 'learnt' && event.fact.kind === 'caps';

/** The markets to track, chosen from a directory. */
interface Choice {
  readonly tracked: Tracked;
  readonly directory: Directory;
}

/**
 * The markets to track, emitted again whenever they change. Held and already tracked markets stay
 * as long as they are listed.
 */
const chooseMarkets = (
  { markets, settings$ }: Pick<ScannerPorts, 'markets' | 'settings$'>,
  step$: Observable<DirectoryStep>,
): Observable<Choice> =>
  defer(() => markets.held()).pipe(
    switchMap(held => {
      const coinsAreKnown$ = merge(step$.pipe(filter(isOfCoins)), timer(COINS_MS)).pipe(take(1));
      return combineLatest([step$, coinsAreKnown$]).pipe(
        withLatestFrom(settings$),
        fold((before: Choice | null, [[{ directory: known }], { settings }]): Choice => {
          const { filtering, portfolio } = settings;
          const kept = before?.tracked.traded ?? held;
          const tracked = trackedMarkets({ ...known, filtering, currency: portfolio.currency, kept });
          return { tracked, directory: known };
        }, null),
      );
    }),
    filter(choice => choice !== null),
    distinctUntilChanged((a, b) => sameMarkets(a.tracked, b.tracked)),
  );

/**
 * One session of tracked markets: their candles through the graph into the store, with snapshots in
 * parallel.
 */
const session = (
  ports: ScannerPorts,
  following: Session,
  settings: Settings,
  directory$: Observable<Directory>,
  diskFull$: Observable<boolean>,
): Observable<SessionEvent> =>
  defer(() => {
    const { clock, exchange, settings$, perMinute } = ports;
    const { symbols, listings, starts, period, primes, said, stored, held, traded } = following;
    const backlog = new Backlog(MAX_BACKLOG);
    const known$ = combineLatest([directory$, settings$]).pipe(
      map(
        ([
          known,
          {
            settings: { filtering },
          },
        ]): Known =>
          knownSince(said, (market, refreshAt) =>
            liveFactsOf(known, listings[market]!.market, refreshAt, filtering, clock.now()),
          ),
      ),
    );
    const event$ = candles({
      now: clock.now,
      speed: clock.speed,
      starts,
      stored,
      rules: { ...LANE_RULES, ...exchange.history, maxJump: settings.data.maxJump },
      perMinute,
      rankOf: market => (held[market] ? 0 : market < traded.length ? 1 : 2),
      isPaused: () => backlog.isFull,
      candles: (market, since) => exchange.candles(symbols[market]!, 1, since, held[market] ? 'held' : undefined),
      trades: (market, sinceNs) => exchange.trades(symbols[market]!, sinceNs),
    });
    const context = contextOf(listings, settings.portfolio.currency);
    const graph = { settings$, listings, period, primes, context, known$, recorded: saidBefore(said) };
    return scan(event$, graph).pipe(
      storeScans(ports, following, diskFull$, backlog),
      connect(stored$ => merge(stored$, stored$.pipe(signals, snapshots(ports, following, directory$)))),
      map(event => ({ ...event, symbols })),
    );
  });

const signals = (stored$: Observable<StoredStep>): Observable<SignalTape> =>
  stored$.pipe(
    filter(step => step.kind === 'scanned'),
    map(({ signal }) => signal),
  );

/**
 * The scanner: the exchange's markets in; stored candles, decisions, opportunities and snapshots
 * out. A session tracks the chosen markets; when the choice changes, everything under way for the
 * previous ones ends.
 *
 *     contact     w-a               w: away, waiting
 *     directory     d---d----D---   D: other markets
 *     session      o-s-s-s--o-s-   o opened, s stored
 *     events      do-sds-s-Do-s-
 */
export const liveScanner = (ports: ScannerPorts): Observable<ScannerEvent> =>
  afterContact(ports.contact, ports.random, first => {
    const disk$ = diskSpace(ports).pipe(shareReplay({ bufferSize: 1, refCount: true }));
    const day$ = dayWork(ports).pipe(map(retained => ({ kind: 'retained' as const, retained })));
    const scanned$ = directory(ports, first).pipe(
      connect(step$ => {
        const last$ = step$.pipe(shareReplay({ bufferSize: 1, refCount: true }));
        const directory$ = last$.pipe(map(({ directory: known }) => known));
        const recovered$ = chooseMarkets(ports, last$).pipe(
          switchMap(({ tracked, directory: known }) =>
            recover(ports, tracked, known.markets).pipe(
              withLatestFrom(ports.settings$),
              switchMap(([event, { settings }]) =>
                event.kind === 'session' ? session(ports, event.session, settings, directory$, isFull(disk$)) : [event],
              ),
            ),
          ),
        );
        return merge(last$.pipe(map(step => ({ kind: 'directory' as const, ...step }))), recovered$);
      }),
    );
    return merge(disk$, day$, scanned$);
  });
