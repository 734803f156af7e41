import { combineLatest, connect, filter, map, merge, type Observable } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { Backlog } from '../../lib/market-data/backlog.js';
import { liveFactsOf } from '../../lib/market-data/directory.js';
import { LANE_RULES } from '../../lib/market-data/lane.js';
import type { ScannerPorts, Session } from '../../lib/market-data/ports.js';
import { knownSince, saidBefore } from '../../lib/universe/recorded.js';
import type { LiveInputs } from '../../lib/universe/universe.js';
import type { SignalTape } from '../strategies.js';
import { scan } from '../scan.js';
import { candles } from '../sources/candles.js';
import { withSettings } from '../with-settings.js';
import type { DirectoryStep } from './directory.js';
import { isFull, type DiskEvent } from './housekeeping.js';
import { snapshots, type SnapshotEvent } from './snapshots.js';
import { storeScans, type StoredStep } from './store-scans.js';

/** Events of a session of tracked markets; lanes are those of `symbols`. */
export type SessionEvent = (StoredStep | SnapshotEvent) & { readonly symbols: readonly string[] };

/** Limit of bytes waiting to be stored; above it requests pause. */
const MAX_BACKLOG = 64 * 1024 * 1024;
const signals = (stored$: Observable<StoredStep>): Observable<SignalTape> =>
  stored$.pipe(
    filter(step => step.kind === 'scanned'),
    map(({ signal }) => signal),
  );

/**
 * One session of tracked markets: their candles through the graph into the store, with snapshots in
 * parallel.
 */
export const session = (
  ports: ScannerPorts,
  following: Session,
  directoryStep$: Observable<DirectoryStep>,
  disk$: Observable<DiskEvent>,
): Observable<SessionEvent> =>
  withSettings(ports.settings$, ({ settings }) => {
    const { clock, exchange, settings$, perMinute } = ports;
    const { symbols, listings, starts, period, timeframeHistory, said, stored, held, traded } = following;
    const backlog = new Backlog(MAX_BACKLOG);
    const directory$ = directoryStep$.pipe(map(({ directory }) => directory));
    const known$ = combineLatest([directory$, settings$]).pipe(
      map(([directory, inForce]): LiveInputs =>
        knownSince(said, (market, refreshAt) =>
          liveFactsOf(directory, listings[market]!.market, refreshAt, inForce.settings.filtering, clock.now()),
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
    const graph = { settings$, listings, period, timeframeHistory, context, known$, recorded: saidBefore(said) };
    return scan(event$, graph).pipe(
      storeScans(ports, following, isFull(disk$), backlog),
      connect(stored$ => merge(stored$, stored$.pipe(signals, snapshots(ports, following, directory$)))),
      map(event => ({ ...event, symbols })),
    );
  });
