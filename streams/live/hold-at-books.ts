import {
  EMPTY,
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
  type Observable,
} from 'rxjs';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import type { ExchangeMarket } from '../../lib/exchange/ports.js';
import { TradingStatus } from '../../lib/exchange/trading-status.js';
import type { LookEvent, StoredChange } from '../../lib/market-data/positions-events.js';
import type { CatchUpEvent, OpenedPortfolio, PositionsPorts } from '../../lib/market-data/ports.js';
import { PositionDesk, type BookChange, type BooksTogether } from '../../lib/portfolio/desk.js';
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

/** What the lives of a portfolio in one process share. */
export class PortfolioMemory {
  readonly standing = new TradingStatus();
  readonly suspensions = new Suspensions();
  /** When held markets were last checked or replayed; -Infinity before that. */
  checkedAt: EpochMs = -Infinity;

  constructor(markets: readonly ExchangeMarket[], now: EpochMs) {
    this.standing.take(markets);
    this.standing.asked(now);
  }
}

/** The portfolio has to be opened again. */
const OUTDATED = { kind: 'outdated' } as const;

const overdueMs = ({ application, exchange }: Settings): DurationMs =>
  application.positionCheckIntervalMs + OVERDUE_MS * exchange.clockSpeed;

/**
 * Opens the portfolio from what is stored, and replays missed time first. Completes with the opened
 * portfolio.
 */
export const openPortfolio = (
  { settings$, portfolio }: Pick<PositionsPorts, 'settings$' | 'portfolio'>,
  memory: PortfolioMemory,
): Observable<CatchUpEvent | { readonly kind: 'opened'; readonly opened: OpenedPortfolio }> =>
  withSettings(settings$, inForce => {
    const missedAfterMs = memory.checkedAt === -Infinity ? 0 : overdueMs(inForce.settings);
    const isListed = (symbol: string) => memory.standing.isListed(symbol);
    return portfolio.open({ ...inForce, isListed, missedAfterMs });
  });

/**
 * One life of a portfolio: rounds at order books, from the stored state until the list of markets
 * changes or missed time has to be replayed.
 */
export const holdAtBooks = (
  { clock, settings$, exchange, nudge$, portfolio }: PositionsPorts,
  memory: PortfolioMemory,
  opened: OpenedPortfolio,
): Observable<LookEvent | StoredChange> =>
  withSettings(settings$, ({ settings: { data } }) => {
    const { symbols, ids } = opened;
    const { standing, suspensions } = memory;
    memory.checkedAt = Math.max(memory.checkedAt, opened.madeUpUntil ?? -Infinity);
    const desk = new PositionDesk(opened, opened.rates, suspensions);
    const markets: Markets = { standing, suspensions, watch: new BookWatch(data.maxJump) };
    let { version } = opened;

    const stored = (change: BookChange): Observable<StoredChange> => {
      const { configurationId, state } = change;
      const emitted = of<StoredChange>({ ...change, kind: 'changed', symbols });
      if (!state) return emitted;
      version++;
      return concat(
        from(portfolio.save({ configurationId, ids, version, change, state })).pipe(ignoreElements()),
        emitted,
      );
    };

    const settled = (
      together: BooksTogether,
      startedAt: EpochMs,
      isCheck: boolean,
      inForce: InForce,
    ): Observable<StoredChange | typeof OUTDATED> => {
      const at = clock.now();
      if (desk.isOverdue(together, at, overdueMs(inForce.settings))) return of(OUTDATED);
      if (isCheck) memory.checkedAt = startedAt;
      const decided = desk.decide(together, at, isCheck, inForce);
      const isMinute = decided.minutes.length > 0;
      const rates$: Observable<RateOf | null> = isMinute ? from(portfolio.rates(opened)) : of(null);
      const outdated$: Observable<boolean> = isMinute ? defer(() => portfolio.isOutdated(opened, desk.open)) : EMPTY;
      return concat(
        rates$.pipe(
          map(rates => desk.change(decided, rates)),
          concatMap(stored),
        ),
        outdated$.pipe(
          filter(isOutdated => isOutdated),
          map(() => OUTDATED),
        ),
      );
    };

    const round = (inForce: InForce) =>
      from(portfolio.pending(ids)).pipe(
        switchMap(found => {
          desk.found(found, clock.now());
          const startedAt = clock.now();
          const { positionCheckIntervalMs } = inForce.settings.application;
          const isCheck = hasCheck(memory.checkedAt, startedAt, positionCheckIntervalMs);
          return heldBooks({ clock, exchange }, markets, desk, symbols, desk.wanted(isCheck)).pipe(
            concatMap(event => (event.kind === 'together' ? settled(event, startedAt, isCheck, inForce) : of(event))),
          );
        }),
      );

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
