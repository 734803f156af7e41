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
  repeat,
  switchMap,
  takeWhile,
  type Observable,
} from 'rxjs';
import { BookWatch } from '../../lib/exchange/book-watch.js';
import { Standing } from '../../lib/exchange/standing.js';
import type { LookEvent, PositionsEvent, StoredChange } from '../../lib/live/positions-events.js';
import type { OpenedPortfolio, PositionsPorts } from '../../lib/live/ports.js';
import { PositionDesk, type BookChange, type BooksTogether } from '../../lib/position/desk.js';
import { hasCheck } from '../../lib/position/missed-trades.js';
import type { RateOf } from '../../lib/position/portfolio.js';
import { Suspensions } from '../../lib/position/suspension.js';
import type { InForce, Settings } from '../../lib/settings/settings.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../../lib/units.js';
import { poll } from '../poll.js';
import { stamp } from '../stamp.js';
import { withSettings } from '../with-settings.js';
import { afterContact } from './contact.js';
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

/** State shared by the lives of a portfolio in one process. */
interface Shared {
  readonly standing: Standing;
  readonly suspensions: Suspensions;
  /** When held markets were last checked or replayed; -Infinity before that. */
  checkedAt: EpochMs;
}

/** The portfolio has to be opened again. */
const OUTDATED = { kind: 'outdated' } as const;

const overdueMs = ({ application, exchange }: Settings): DurationMs =>
  application.positionCheckIntervalMs + OVERDUE_MS * exchange.clockSpeed;

/**
 * One life of a portfolio: rounds at order books, from the stored state until the list of markets
 * changes or missed time has to be replayed.
 */
const holding = (
  { clock, settings$, exchange, nudge$, portfolio }: PositionsPorts,
  shared: Shared,
  opened: OpenedPortfolio,
  { data }: Settings,
): Observable<LookEvent | StoredChange> =>
  defer(() => {
    const { symbols, ids } = opened;
    const { standing, suspensions } = shared;
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
      if (isCheck) shared.checkedAt = startedAt;
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
          const isCheck = hasCheck(shared.checkedAt, startedAt, positionCheckIntervalMs);
          return heldBooks({ clock, exchange }, markets, desk, symbols, desk.wanted(isCheck)).pipe(
            concatMap(event => (event.kind === 'together' ? settled(event, startedAt, isCheck, inForce) : of(event))),
          );
        }),
      );

    const tick$ = poll(
      { now: () => Number(clock.elapsed()), periodMs: READ_EVERY_MS, eager: true, patienceMs: MINUTE_MS },
      () => [null],
    );
    return merge(nudge$, tick$).pipe(
      map(() => ({})),
      stamp(settings$),
      exhaustMap(round),
      takeWhile((event): event is LookEvent | StoredChange => event.kind !== 'outdated'),
    );
  });

/**
 * The position manager: opportunities and order books in, stored changes of the portfolio out. It
 * replays missed time at the start, and again whenever time was missed.
 *
 *     opportunities   --o-----------
 *     books           ----b-----b---
 *     minutes         -------m------
 *     changes         ----c--c--c---    an entry, a mark, an exit
 */
export const livePositions = (ports: PositionsPorts): Observable<PositionsEvent> =>
  afterContact(ports.contact, ports.random, ({ markets }) =>
    defer(() => {
      const { clock, settings$, portfolio } = ports;
      const shared: Shared = { standing: new Standing(), suspensions: new Suspensions(), checkedAt: -Infinity };
      shared.standing.take(markets);
      shared.standing.asked(clock.now());
      const opening$ = withSettings(settings$, inForce => {
        const missedAfterMs = shared.checkedAt === -Infinity ? 0 : overdueMs(inForce.settings);
        const isListed = (symbol: string) => shared.standing.isListed(symbol);
        return from(portfolio.open({ ...inForce, isListed, missedAfterMs })).pipe(
          map(event => ({ event, settings: inForce.settings })),
        );
      });
      return opening$.pipe(
        concatMap(({ event, settings }): Observable<PositionsEvent> => {
          if (event.kind !== 'opened') return of(event);
          shared.checkedAt = Math.max(shared.checkedAt, event.opened.madeUpUntil ?? -Infinity);
          return concat(of(event), holding(ports, shared, event.opened, settings));
        }),
        repeat(),
      );
    }),
  );
