import {
  combineLatest,
  concat,
  concatMap,
  defer,
  ignoreElements,
  map,
  merge,
  of,
  repeat,
  shareReplay,
  switchMap,
  type Observable,
} from 'rxjs';
import type { PositionsEvent } from '../lib/market-data/positions-events.js';
import type { PositionsPorts, ScannerPorts } from '../lib/market-data/ports.js';
import { openAfterSaves } from './live/after-saves.js';
import { chooseMarkets } from './live/choose-markets.js';
import { afterContact } from './live/contact.js';
import { directory, directoryEvent } from './live/directory.js';
import type { ScannerEvent } from './live/events.js';
import { holdAtBooks, openWallets, WalletsMemory } from './live/hold-at-books.js';
import { dayWork, diskSpace } from './live/housekeeping.js';
import { recover } from './live/recover.js';
import { session } from './live/session.js';
import { recordStrategies, recoveries } from './sources/strategies.js';

/**
 * The scanner: markets in; stored candles, decisions, opportunities and snapshots out. When other
 * markets are chosen, or strategies need candles that were not read, everything under way for the
 * previous ones ends, and the stored candles are read again.
 *
 *     contact     w-a               w: away, waiting
 *     directory     d---d----D---   D: other markets
 *     session      o-s-s-s--o-s-   o opened, s stored
 *     events      do-sds-s-Do-s-
 */
export const liveScanner = (outside: ScannerPorts): Observable<ScannerEvent> =>
  afterContact(outside.contact, outside.random, first => {
    const ports = openAfterSaves(outside);
    const disk$ = diskSpace(ports).pipe(shareReplay({ bufferSize: 1, refCount: true }));
    const directory$ = directory(ports, first).pipe(shareReplay({ bufferSize: 1, refCount: true }));
    const session$ = combineLatest([recoveries(ports.settings$), chooseMarkets(ports, directory$)]).pipe(
      switchMap(([, { tracked, directory: known }]) => {
        // Recorded within the session, so that no earlier one decides after that.
        const settings$ = ports.settings$.pipe(
          recordStrategies(ports.recordStrategies),
          shareReplay({ bufferSize: 1, refCount: true }),
        );
        const recorded = { ...ports, settings$ };
        const recovered$ = recover(recorded, tracked, known.markets).pipe(
          switchMap(event =>
            event.kind === 'session' ? session(recorded, event.session, directory$, disk$) : of(event),
          ),
        );
        return merge(settings$.pipe(ignoreElements()), recovered$);
      }),
    );
    return merge(disk$, dayWork(ports), directory$.pipe(map(directoryEvent)), session$);
  });

/**
 * The position manager: opportunities and order books in, stored changes of each strategy's wallet
 * out; missed time first.
 *
 *     opportunities   --o-----------
 *     books           ----b-----b---
 *     minutes         -------m------
 *     changes         ----c--c--c---    an entry, a mark, an exit
 */
export const livePositions = (ports: PositionsPorts): Observable<PositionsEvent> =>
  afterContact(ports.contact, ports.random, ({ markets }) =>
    defer(() => {
      const memory = new WalletsMemory(markets, ports.clock.now());
      return openWallets(ports, memory).pipe(
        concatMap((event): Observable<PositionsEvent> =>
          event.kind === 'opened' ? concat(of(event), holdAtBooks(ports, memory, event.opened)) : of(event),
        ),
        repeat(),
      );
    }),
  );
