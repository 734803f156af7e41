import {
  combineLatest,
  concatMap,
  defer,
  distinctUntilChanged,
  endWith,
  from,
  ignoreElements,
  map,
  merge,
  scan,
  shareReplay,
  startWith,
  switchMap,
  take,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import { volumeOf, type Directory } from '../../lib/market-data/directory.js';
import type { ScannerPorts, Session } from '../../lib/market-data/ports.js';
import {
  BOOK_DEPTH,
  afterBook,
  afterTape,
  nothingSeen,
  snapshotOf,
  tradableOf,
  type LatestMarkets,
} from '../../lib/market-data/snapshots.js';
import type { Settings } from '../../lib/settings/settings.js';
import { MINUTE_MS } from '../../lib/units.js';
import { poll } from '../poll.js';
import type { SignalTape } from '../strategies.js';
import { books } from '../sources/books.js';
import { withSettings } from '../with-settings.js';

/** Number of markets whose snapshots were stored. */
export interface SnapshotEvent {
  readonly kind: 'snapshots';
  readonly at: number;
  readonly count: number;
}

/** The ports that snapshots need. */
export type SnapshotPorts = Pick<ScannerPorts, 'clock' | 'exchange' | 'scans' | 'settings$'>;

/** Order books per minute that the budget allows besides the candles. */
const BOOKS_PER_MINUTE = 10;

/**
 * Stores snapshots of all evaluated markets, each as of its last candle and with its last order
 * book, in every period of the settings in force. Order books are requested for tradable markets in
 * turn, as many a minute as the budget allows.
 *
 *     decided     d--d--d--d--d--
 *     books       --b-----b------
 *     period      |----|----|----
 *     snapshots   -----s----s----
 */
export const snapshots =
  (
    { clock, exchange, scans, settings$ }: SnapshotPorts,
    { symbols, ids, traded, listings }: Session,
    directory$: Observable<Directory>,
  ): OperatorFunction<SignalTape, SnapshotEvent> =>
  signal$ =>
    defer(() => {
      const laneOf = new Map(symbols.map((symbol, lane) => [symbol, lane]));
      const schedule = { now: clock.now, speed: clock.speed };
      const seen$ = signal$.pipe(
        scan((latest: LatestMarkets, signal) => afterTape(latest, signal), nothingSeen(symbols.length)),
        startWith(nothingSeen(symbols.length)),
        shareReplay({ bufferSize: 1, refCount: true }),
      );
      const wanted$ = seen$.pipe(
        map(latest => tradableOf(latest).map(lane => ({ symbol: symbols[lane]!, rank: 'universe' as const }))),
      );
      // The candles of a series follow one rule, which changes only at a restart.
      const judgedBooks = ({ data }: Settings): Observable<LatestMarkets> => {
        const watch = new BookWatch(data.maxJump);
        return books({
          ...schedule,
          periodMs: MINUTE_MS,
          delayMs: MINUTE_MS / 2,
          most: BOOKS_PER_MINUTE,
          wanted$,
          ask: (symbol, rank) => exchange.book(symbol, BOOK_DEPTH, rank),
        }).pipe(
          scan((latest: LatestMarkets, event) => {
            const now = clock.now();
            const book = event.kind === 'book' ? watch.judge(event.symbol, event.book, now) : null;
            return afterBook(latest, laneOf.get(event.symbol)!, book?.usable ? book : null, now);
          }, nothingSeen(0)),
        );
      };
      const books$ = withSettings(settings$, ({ settings }) => judgedBooks(settings)).pipe(
        startWith(nothingSeen(0)),
        shareReplay({ bufferSize: 1, refCount: true }),
      );

      const latest$ = combineLatest([seen$, books$, directory$]).pipe(
        map(([seen, { books: found }, known]) => ({ latest: { ...seen, books: found }, known })),
        shareReplay({ bufferSize: 1, refCount: true }),
      );
      const snapshot$ = settings$.pipe(
        map(({ settings }) => settings.application.snapshotIntervalMs),
        distinctUntilChanged(),
        switchMap(periodMs =>
          poll({ ...schedule, periodMs }, at =>
            latest$.pipe(
              take(1),
              map(({ latest, known }) =>
                traded.flatMap((_, lane) => {
                  const volumeUsd = volumeOf(known, listings[lane]!.market);
                  return snapshotOf(latest, lane, { marketId: ids[lane]!, at, volumeUsd }) ?? [];
                }),
              ),
              concatMap(all => from(scans.saveSnapshots(all)).pipe(ignoreElements(), endWith(all.length))),
            ),
          ),
        ),
        concatMap(polled =>
          polled.kind === 'answer' ? [{ kind: 'snapshots' as const, at: polled.at, count: polled.value }] : [],
        ),
      );
      // Keeps the latest values between two snapshots.
      return merge(latest$.pipe(ignoreElements()), snapshot$);
    });
