import { BookWatch } from '../../lib/exchange/book-watch.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { OrderBook } from '../../lib/exchange/ports.js';
import type { Standing } from '../../lib/exchange/standing.js';
import type { PositionEvent } from '../../lib/position/events.js';
import type { LiveBroker } from '../../lib/position/live-broker.js';
import type { Suspensions } from '../../lib/position/suspension.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { EpochMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import type { RunWorld } from './world.js';

const BOOK_DEPTH = 100;
/** An order book, or a list of markets, that has not come by then is for the next round to ask for. */
const WITHIN_MS = 20_000;
/** Of this machine's time: a book that waited longer for the others of its round was held up with this process, and is not of now. */
const OLDEST_MS = 25_000;

/** The order books that came together, by lane. */
export interface Round {
  readonly books: ReadonlyMap<number, OrderBook>;
  /** When each was requested: it is no older. */
  readonly requestedAt: (market: number) => EpochMs;
}

/** How the position manager looks at markets. */
export interface Looks {
  /** The order books of these markets that came and may be used or judged by the broker. */
  books(wanted: Iterable<number>, signal: AbortSignal): Promise<Round>;
  /** Sells what is held of markets that are gone, at these costs. */
  leaveGone(at: EpochMs, terms: Pick<Settings, 'costs'>): readonly PositionEvent[];
  /** Since when a market cannot be traded; null where it can. */
  suspendedSince(market: number): EpochMs | null;
  /** What kept a book from coming since it was last asked for; null where nothing did. */
  lastError(): string | null;
  readonly counters: { readonly books: number; readonly book_faults: number; readonly refused_books: number };
}

/** Looks at the markets of a broker, by lane; what is odd about them is told to the log. */
export const openLooks = (
  { exchange, log, now, settings }: RunWorld,
  markets: readonly StoredMarket[],
  broker: LiveBroker,
  standing: Standing,
  suspensions: Suspensions,
): Looks => {
  const watch = new BookWatch(settings().data.maxJump);
  const counters = { books: 0, book_faults: 0, refused_books: 0 };
  let error: string | null = null;
  const isHeld = (market: number) => broker.held.includes(market);
  const failureOf = (reason: unknown): ExchangeFailure => {
    if (!(reason instanceof ExchangeFailure) || reason.next === 'stop') throw reason;
    return reason;
  };

  /** Takes what a look said of whether a held market can be traded. */
  const look = (market: number, canTrade: boolean, why = ''): void => {
    const { symbol } = markets[market]!;
    const change = suspensions.look(symbol, canTrade, now());
    if (change === 'suspended')
      log.warn(
        { market: symbol },
        `cannot be traded (${why}): what is held of it is suspended, and sold at its last order book if that lasts`,
      );
    if (change === 'resumed') log.info({ market: symbol }, 'can be traded again');
  };

  /** Asks for the list of markets, where that is due, and what it says of those that are held. */
  const checkStanding = async (signal: AbortSignal): Promise<void> => {
    if (!standing.isDue(now(), suspensions.any)) return;
    standing.asked(now());
    try {
      standing.take((await exchange.markets({ rank: 'held', signal, withinMs: WITHIN_MS })).markets);
    } catch (reason) {
      log.warn({ repeatKey: 'markets' }, `the list of markets did not come: ${failureOf(reason).message}`);
      return;
    }
    for (const market of broker.held)
      if (standing.isClosed(markets[market]!.symbol)) look(market, false, 'the exchange says so');
  };

  /** The book of a market, judged; null where none came, or where the market takes no such order now. */
  const bookOf = async (market: number, signal: AbortSignal): Promise<OrderBook | null> => {
    const { symbol } = markets[market]!;
    const held = isHeld(market);
    try {
      const rank = held ? 'exits' : 'held';
      const came = await exchange.book(symbol, BOOK_DEPTH, { rank, signal, withinMs: WITHIN_MS });
      const book = watch.judge(symbol, came, now(), broker.portfolio.lastPrice[market]);
      counters.books++;
      if (!book.usable) {
        counters.book_faults++;
        log.warn({ market: symbol, repeatKey: `book ${book.fault}` }, `its order book is ${book.fault} and not used`);
      }
      if (!held && !standing.canBuy(symbol)) {
        log.warn({ market: symbol, repeatKey: 'not online' }, 'it is not online: no entry');
        return null;
      }
      if (held && !standing.canSell(symbol)) return null;
      if (held && book.usable) look(market, true);
      if (held && !book.usable && book.fault === 'empty') look(market, false, 'its order book is empty');
      return book;
    } catch (reason) {
      const { kind, message } = failureOf(reason);
      counters.refused_books++;
      error = `${symbol}: ${message}`;
      if (held && kind === 'market') look(market, false, message);
      log.warn(
        { market: symbol, repeatKey: `no book ${kind}` },
        `no order book (${message}): ${held ? 'exits wait' : 'no entry'}`,
      );
      return null;
    }
  };

  return {
    counters,
    books: async (wanted, signal) => {
      const requestedAt = new Map<number, EpochMs>();
      const asked = [...wanted].map(async market => {
        requestedAt.set(market, now());
        return { market, book: await bookOf(market, signal), cameAt: elapsed() };
      });
      const [books] = await Promise.all([Promise.all(asked), checkStanding(signal)]);
      const isOfNow = (cameAt: number) => elapsed() - cameAt <= OLDEST_MS;
      return {
        books: new Map(
          books.flatMap(({ market, book, cameAt }) => (book && isOfNow(cameAt) ? [[market, book] as const] : [])),
        ),
        requestedAt: market => requestedAt.get(market)!,
      };
    },
    leaveGone: (at, terms) => {
      suspensions.keep(broker.held.map(market => markets[market]!.symbol));
      return broker.held
        .filter(market => suspensions.isGone(markets[market]!.symbol, at))
        .flatMap(market => {
          const { symbol } = markets[market]!;
          const left = broker.leave(market, at, terms);
          if (isHeld(market))
            log.warn(
              { market: symbol },
              `it is gone and no order book is known that takes what is held of it: it stays, marked at its last price`,
            );
          return left;
        });
    },
    suspendedSince: market => suspensions.since(markets[market]!.symbol),
    lastError: () => {
      const last = error;
      error = null;
      return last;
    },
  };
};
