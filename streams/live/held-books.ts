import { EMPTY, connect, defer, filter, from, map, merge, mergeMap, reduce, type Observable } from 'rxjs';
import type { BookWatch } from '../../lib/exchange/book-watch.js';
import type { OrderBook } from '../../lib/exchange/ports.js';
import type { TradingStatus } from '../../lib/exchange/trading-status.js';
import type { LookEvent } from '../../lib/market-data/positions-events.js';
import type { PositionsPorts } from '../../lib/market-data/ports.js';
import type { Desks, RoundBooks } from '../../lib/portfolio/desks.js';
import type { Suspensions } from '../../lib/portfolio/suspension.js';
import type { DurationMs, EpochMs } from '../../lib/units.js';
import { request } from '../sources/request.js';
import { book } from '../sources/books.js';

/**
 * What is known of markets by the exchange's words; by symbol, so that it outlives a list of lanes.
 */
export interface Markets {
  readonly standing: TradingStatus;
  readonly suspensions: Suspensions;
  readonly watch: BookWatch;
}

const BOOK_DEPTH = 100;
/**
 * In our own time. Timeout of an order book or a list of markets; the next round requests it again.
 */
const TIMEOUT_MS: DurationMs = 25_000;
/**
 * In our own time. A book that waited longer for the others of its round was delayed by this
 * process and is out of date.
 */
const OLDEST_MS: DurationMs = 25_000;

/** A book of a round. */
interface Came {
  readonly kind: 'came';
  readonly market: number;
  readonly book: OrderBook;
  readonly requestedAt: EpochMs;
  readonly cameAt: DurationMs;
  /** Whether its market takes no orders that buy. */
  readonly isSellOnly: boolean;
}

/** The books that are up to date, by lane. */
const together = (all: readonly Came[], now: DurationMs): RoundBooks => {
  const fresh = all.filter(({ cameAt }) => now - cameAt <= OLDEST_MS);
  return {
    books: new Map(fresh.map(({ market, book: came }) => [market, came])),
    requestedAt: new Map(fresh.map(({ market, requestedAt }) => [market, requestedAt])),
    sellOnly: new Set(fresh.filter(({ isSellOnly }) => isSellOnly).map(({ market }) => market)),
  };
};

/** The ports that the order books of held markets need. */
export type HeldBooksPorts = Pick<PositionsPorts, 'clock' | 'exchange'>;

/**
 * The order books of a round, each requested once and all at once, with the anomalies found; last, all together, the
 * books that arrived and may be used or judged. When it is due, the list of markets, which says
 * what can be traded, is requested in parallel.
 *
 *     A       --a
 *     B       ----x
 *     list    ---l
 *     books   --a-x(b|)    b: those that came together
 */
export const heldBooks = (
  { clock, exchange }: HeldBooksPorts,
  { standing, suspensions, watch }: Markets,
  desks: Pick<Desks, 'held' | 'isHeld' | 'isSought' | 'lastPrice'>,
  symbols: readonly string[],
  wanted: readonly number[],
): Observable<LookEvent | ({ readonly kind: 'together' } & RoundBooks)> => {
  /** Records whether a held market can be traded. */
  const look = (symbol: string, canTrade: boolean, reason = ''): readonly LookEvent[] => {
    const change = suspensions.look(symbol, canTrade, clock.now());
    if (change === 'suspended') return [{ kind: 'suspended', symbol, reason }];
    return change === 'resumed' ? [{ kind: 'resumed', symbol }] : [];
  };

  const bookOf = (market: number): Observable<LookEvent | Came> =>
    defer(() => {
      const symbol = symbols[market]!;
      const isHeld = desks.isHeld(market);
      const requestedAt = clock.now();
      const ask = () => exchange.book(symbol, BOOK_DEPTH, isHeld ? 'exits' : 'held');
      return book(symbol, ask, TIMEOUT_MS).pipe(
        mergeMap((event): readonly (LookEvent | Came)[] => {
          if (event.kind === 'trouble') {
            const { reason, failure } = event;
            const suspended = isHeld && failure === 'market' ? look(symbol, false, reason) : [];
            return [...suspended, { kind: 'no_book', symbol, reason, failure, isHeld }];
          }
          const raw: OrderBook = event.kind === 'book' ? event.book : { usable: false, fault: event.fault };
          const judged = watch.judge(symbol, raw, clock.now(), desks.lastPrice(market));
          const said: LookEvent = { kind: 'book_came', symbol, fault: judged.usable ? null : judged.fault };
          const isSellOnly = !standing.canBuy(symbol);
          const stopped: readonly LookEvent[] =
            isSellOnly && (!isHeld || desks.isSought(market)) ? [{ kind: 'not_online', symbol }] : [];
          const came: Came = { kind: 'came', market, book: judged, requestedAt, cameAt: clock.elapsed(), isSellOnly };
          if (!isHeld) return isSellOnly ? [said, ...stopped] : [said, came];
          if (!standing.canSell(symbol)) return [said, ...stopped];
          if (judged.usable) return [said, ...stopped, ...look(symbol, true), came];
          const isEmpty = judged.fault === 'empty';
          return [said, ...stopped, ...(isEmpty ? look(symbol, false, 'its order book is empty') : []), came];
        }),
      );
    });

  /** The list of markets, when it is due, and what it says about the held ones. */
  const list = (): Observable<LookEvent> =>
    defer(() => {
      if (!standing.isDue(clock.now(), suspensions.any)) return EMPTY;
      standing.asked(clock.now());
      return request(
        () => exchange.markets(),
        TIMEOUT_MS,
        ({ markets }): readonly LookEvent[] => {
          standing.take(markets);
          return desks.held
            .map(market => symbols[market]!)
            .filter(symbol => standing.isClosed(symbol))
            .flatMap(symbol => look(symbol, false, 'the exchange says so'));
        },
        ({ message }): readonly LookEvent[] => [{ kind: 'no_list', reason: message }],
      ).pipe(mergeMap(events => events));
    });

  return merge(from(wanted).pipe(mergeMap(bookOf)), list()).pipe(
    connect(event$ =>
      merge(
        event$.pipe(filter((event): event is LookEvent => event.kind !== 'came')),
        event$.pipe(
          filter(event => event.kind === 'came'),
          reduce((all: readonly Came[], came) => [...all, came], []),
          map(all => ({ kind: 'together' as const, ...together(all, clock.elapsed()) })),
        ),
      ),
    ),
  );
};
