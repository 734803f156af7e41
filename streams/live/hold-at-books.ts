import {
  EMPTY,
  catchError,
  concat,
  concatMap,
  defer,
  exhaustMap,
  filter,
  from,
  ignoreElements,
  map,
  merge,
  of,
  switchMap,
  takeWhile,
  throwError,
  type Observable,
} from 'rxjs';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import type { ExchangeMarket } from '../../lib/exchange/ports.js';
import { TradingStatus } from '../../lib/exchange/trading-status.js';
import type { LookEvent, StoredChange } from '../../lib/market-data/positions-events.js';
import type { CatchUpEvent, OpenedWallet, OpenedWallets, PositionsPorts } from '../../lib/market-data/ports.js';
import { Desks, type RoundBooks, type WalletChange } from '../../lib/portfolio/desks.js';
import { hasCheck } from '../../lib/portfolio/missed-trades.js';
import type { RateOf } from '../../lib/portfolio/portfolio.js';
import { Suspensions } from '../../lib/portfolio/suspension.js';
import type { InForce, Settings } from '../../lib/settings/settings.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { poll } from '../poll.js';
import { stamp } from '../stamp.js';
import { withSettings } from '../with-settings.js';
import { heldBooks, type Markets } from './held-books.js';

/**
 * The opportunity table is authoritative: it is read at this interval of our own time, announced or
 * not.
 */
const READ_EVERY_MS: DurationMs = 1_000;
/**
 * A check overdue by this much of our own time was missed: the time in between is then replayed.
 */
const OVERDUE_MS: DurationMs = MINUTE_MS;

/** What the lives of the wallets in one process share. */
export class WalletsMemory {
  readonly standing = new TradingStatus();
  readonly suspensions = new Suspensions();
  /** When held markets were last checked or replayed; -Infinity before that. */
  checkedAt: EpochMs = -Infinity;

  constructor(markets: readonly ExchangeMarket[], now: EpochMs) {
    this.standing.take(markets);
    this.standing.asked(now);
  }

  /** What every wallet that holds something has replayed is checked. */
  replayed(wallets: readonly OpenedWallet[]): void {
    const holding = wallets.filter(({ portfolio }) => portfolio.open.length > 0);
    const until = (holding.length > 0 ? holding : wallets).map(({ madeUpUntil }) => madeUpUntil ?? -Infinity);
    const checked = holding.length > 0 ? Math.min(...until) : Math.max(...until);
    this.checkedAt = Math.max(this.checkedAt, checked);
  }
}

/** The wallets have to be opened again. */
const OUTDATED = { kind: 'outdated' } as const;

const overdueMs = ({ application, exchange }: Settings): DurationMs =>
  application.positionCheckIntervalMs + OVERDUE_MS * exchange.clockSpeed;

/**
 * Opens the wallets from what is stored, and replays missed time first. Completes with the opened
 * wallets.
 */
export const openWallets = (
  { settings$, portfolio }: Pick<PositionsPorts, 'settings$' | 'portfolio'>,
  memory: WalletsMemory,
): Observable<CatchUpEvent | { readonly kind: 'opened'; readonly opened: OpenedWallets }> =>
  withSettings(settings$, inForce => {
    const missedAfterMs = memory.checkedAt === -Infinity ? 0 : overdueMs(inForce.settings);
    const isListed = (symbol: string) => memory.standing.isListed(symbol);
    return portfolio.open({ ...inForce, isListed, missedAfterMs });
  });

/** Runs one after another; the first failure is thrown after all have run. */
const concatAll = <T>(works: readonly Observable<T>[]): Observable<T> =>
  defer(() => {
    const failures: unknown[] = [];
    const kept = works.map(work$ =>
      work$.pipe(
        catchError((failure: unknown) => {
          failures.push(failure);
          return EMPTY;
        }),
      ),
    );
    return concat(
      ...kept,
      defer(() => (failures.length > 0 ? throwError(() => failures[0]) : EMPTY)),
    );
  });

/**
 * One life of the wallets: rounds at order books, from the stored state until the list of markets
 * changes, a strategy is added, or missed time has to be replayed. A round requests each book once,
 * and every wallet decides on the same books.
 */
export const holdAtBooks = (
  { clock, settings$, exchange, nudge$, portfolio }: PositionsPorts,
  memory: WalletsMemory,
  opened: OpenedWallets,
): Observable<LookEvent | StoredChange> =>
  withSettings(settings$, ({ settings: { data } }) => {
    const { symbols, ids, wallets } = opened;
    const { standing, suspensions } = memory;
    memory.replayed(wallets);
    const desks = new Desks(wallets, opened.rates, suspensions);
    const markets: Markets = { standing, suspensions, watch: new BookWatch(data.maxJump) };
    const versions = new Map(wallets.map(({ strategy, version }) => [strategy, version]));

    const stored = (change: WalletChange): Observable<StoredChange> => {
      const { strategy, configurationId, state } = change;
      const emitted = of<StoredChange>({ ...change, kind: 'changed', symbols });
      if (!state) return emitted;
      const version = versions.get(strategy)! + 1;
      versions.set(strategy, version);
      return concat(
        from(portfolio.save({ configurationId, ids, version, change, state })).pipe(ignoreElements()),
        emitted,
      );
    };

    const settled = (
      together: RoundBooks,
      startedAt: EpochMs,
      isCheck: boolean,
      inForce: InForce,
    ): Observable<StoredChange | typeof OUTDATED> => {
      const at = clock.now();
      if (desks.isOverdue(together, at, isCheck, overdueMs(inForce.settings))) return of(OUTDATED);
      if (isCheck) memory.checkedAt = startedAt;
      const decided = desks.decide(together, at, isCheck, inForce);
      const { isMinute } = decided;
      const rates$: Observable<RateOf | null> = isMinute ? from(portfolio.rates(opened)) : of(null);
      const outdated$: Observable<boolean> = isMinute ? defer(() => portfolio.isOutdated(opened, desks.open)) : EMPTY;
      return concat(
        rates$.pipe(concatMap(rates => concatAll(desks.change(decided, rates).map(stored)))),
        outdated$.pipe(
          filter(isOutdated => isOutdated),
          map(() => OUTDATED),
        ),
      );
    };

    const round = (inForce: InForce): Observable<LookEvent | StoredChange | typeof OUTDATED> => {
      const { settings } = inForce;
      if (desks.lacks(settings)) return of(OUTDATED);
      return from(portfolio.pending(ids)).pipe(
        switchMap(found => {
          const strange = desks.found(found, clock.now(), settings);
          const expired$ = strange.length > 0 ? from(portfolio.expire(strange, inForce)).pipe(ignoreElements()) : EMPTY;
          const startedAt = clock.now();
          const isCheck = hasCheck(memory.checkedAt, startedAt, settings.application.positionCheckIntervalMs);
          const waiting = isCheck ? desks.waitForExit : [];
          const signals$ = waiting.length > 0 ? from(portfolio.exitSignals(ids, waiting)) : of([]);
          const look$ = signals$.pipe(
            map(signals => desks.signalled(signals)),
            switchMap(() => heldBooks({ clock, exchange }, markets, desks, symbols, desks.wanted(isCheck))),
            concatMap(event => (event.kind === 'together' ? settled(event, startedAt, isCheck, inForce) : of(event))),
          );
          return concat(look$, expired$);
        }),
      );
    };

    const tick$ = poll(
      { now: () => Number(clock.elapsed()), periodMs: READ_EVERY_MS, eager: true, timeoutMs: MINUTE_MS },
      () => [null],
    );
    return merge(nudge$, tick$).pipe(
      map(() => ({})),
      stamp(settings$),
      exhaustMap(round),
      takeWhile((event): event is LookEvent | StoredChange => event.kind !== 'outdated'),
    );
  });
