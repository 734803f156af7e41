import { expect } from 'chai';
import { asyncScheduler, map, of, type Observable } from 'rxjs';
import { BookWatch } from '../../../lib/exchange/book-watch.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { MarketStatus, MarketsAnswer, OrderBook } from '../../../lib/exchange/ports.js';
import { TradingStatus } from '../../../lib/exchange/trading-status.js';
import { Desks } from '../../../lib/portfolio/desks.js';
import { Suspensions } from '../../../lib/portfolio/suspension.js';
import { unversioned } from '../../../lib/settings/settings.js';
import { heldBooks, type HeldBooksPorts, type Markets } from '../../../streams/live/held-books.js';
import { listed } from '../../support/listed.js';
import { marbles } from '../../support/marbles.js';
import {
  BEGIN,
  TERMS,
  bookAt,
  found,
  opened,
  positionsPorts,
  type PositionsOver,
} from '../../support/positions-ports.js';
import { settingsOf } from '../../support/settings.js';

const SYMBOLS = ['AAA/USD', 'BBB/USD'];
const gone = new ExchangeFailure('market', 'unknown market');

/** A wallet that holds a market, the first one by default. */
const deskOf = (suspensions: Suspensions, symbols = SYMBOLS, market = 0): Desks => {
  const { wallets, rates } = opened(symbols);
  const desk = new Desks(wallets, rates, suspensions);
  desk.found(new Map([['momentum', [found(market)]]]), BEGIN, settingsOf(TERMS));
  const bought = {
    books: new Map([[market, bookAt(100)]]),
    requestedAt: new Map([[market, BEGIN]]),
    sellOnly: new Set<number>(),
  };
  desk.decide(bought, BEGIN, false, unversioned(settingsOf(TERMS)));
  return desk;
};
const answer = (over: Readonly<Record<string, MarketStatus>> = {}): MarketsAnswer => ({
  markets: [...SYMBOLS, 'CCC/USD'].map(symbol => listed(symbol, { status: over[symbol] ?? 'online' })),
  skipped: [],
});

describe('the order books of a round', () => {
  const world = () => {
    const markets: Markets = {
      standing: new TradingStatus(),
      suspensions: new Suspensions(),
      watch: new BookWatch(0.5),
    };
    markets.standing.take(answer().markets);
    markets.standing.asked(BEGIN);
    const desk = deskOf(markets.suspensions);
    const round = (exchange: PositionsOver['exchange'], wanted = [0, 1], over: PositionsOver = {}) => {
      const ports: HeldBooksPorts = positionsPorts({ ...over, ...(exchange && { exchange }) });
      return heldBooks(ports, markets, desk, SYMBOLS, wanted).pipe(
        map(event => {
          switch (event.kind) {
            case 'together':
              return `books ${[...event.books.keys()].join()}`;
            case 'book_came':
              return `${event.symbol[0]!}${event.fault ?? ''}`;
            case 'no_list':
              return 'no list';
            default:
              return `${event.kind} ${event.symbol[0]!}`;
          }
        }),
      );
    };
    return { ...markets, desk, round };
  };

  it(
    'are requested at once, and come together with the last of them',
    marbles(({ cold, expectObservable }) => {
      const { round } = world();
      const books: Record<string, Observable<OrderBook>> = {
        'AAA/USD': cold('--(b|)', { b: bookAt(100) }),
        'BBB/USD': cold('----(b|)', { b: bookAt(100) }),
      };
      expectObservable(round({ book: symbol => books[symbol]! })).toBe('--a-(bt|)', {
        a: 'A',
        b: 'B',
        t: 'books 0,1',
      });
    }),
  );

  it(
    'are none where none is wanted',
    marbles(({ expectObservable }) => {
      expectObservable(world().round({}, [])).toBe('(t|)', { t: 'books ' });
    }),
  );

  it(
    'continue without one that is refused or cannot be used; one without an answer is given up',
    marbles(({ cold, expectObservable }) => {
      const { round } = world();
      const dropped = new ExchangeFailure('dropped', 'not in time');
      const refused = (symbol: string) =>
        symbol === 'AAA/USD' ? cold<never>('#', undefined, dropped) : of(bookAt(100));
      expectObservable(round({ book: refused })).toBe('(bnt|)', { n: 'no_book A', b: 'B', t: 'books 1' });
      const stale = (symbol: string) =>
        of<OrderBook>(symbol === 'AAA/USD' ? { usable: false, fault: 'stale' } : bookAt(100));
      expectObservable(round({ book: stale })).toBe('(abt|)', { a: 'Astale', b: 'B', t: 'books 0,1' });
      const silent = () => cold<never>('-');
      expectObservable(round({ book: silent }, [0])).toBe('25s (nt|)', { n: 'no_book A', t: 'books ' });
    }),
  );

  it(
    'do not count where they came before the process was held up',
    marbles(({ cold, expectObservable }) => {
      const { round } = world();
      let heldUpMs = 0;
      const clock = { elapsed: () => asyncScheduler.now() + heldUpMs };
      const book = (symbol: string) =>
        symbol === 'AAA/USD'
          ? of(bookAt(100))
          : cold('-b|', { b: bookAt(100) }).pipe(
              map(came => {
                heldUpMs = 120_000;
                return came;
              }),
            );
      expectObservable(round({ book }, [0, 1], { clock })).toBe('a(bt|)', { a: 'A', b: 'B', t: 'books 1' });
    }),
  );

  it(
    'suspend a held market that the exchange does not know, and take it back when its book comes',
    marbles(({ cold, expectObservable, flush }) => {
      const { round, suspensions } = world();
      const answers = [cold<OrderBook>('#', undefined, gone), cold('(b|)', { b: bookAt(100) })];
      const book = () => answers.shift()!;
      expectObservable(round({ book }, [0])).toBe('(snt|)', { s: 'suspended A', n: 'no_book A', t: 'books ' });
      flush();
      expect(suspensions.since('AAA/USD')).to.equal(BEGIN);
      const said: string[] = [];
      round({ book }, [0]).subscribe(event => said.push(event));
      flush();
      expect(suspensions.since('AAA/USD')).to.equal(null);
      expect(said).to.deep.equal(['A', 'resumed A', 'books 0']);
    }),
  );

  it(
    'buy nothing on a market that is not online, and sell nothing on one that takes no sale',
    marbles(({ expectObservable }) => {
      const { round, standing } = world();
      standing.take(answer({ 'AAA/USD': 'cancel_only', 'BBB/USD': 'post_only' }).markets);
      const values = { a: 'A', b: 'B', n: 'not_online B', t: 'books ' };
      expectObservable(round({})).toBe('(abnt|)', values);
    }),
  );

  it(
    'bring the list of markets along where it is due, which may say that a held one is closed',
    marbles(({ cold, expectObservable }) => {
      const { round, standing } = world();
      standing.asked(BEGIN - 15 * 60_000);
      const markets = () => cold('----(l|)', { l: answer({ 'AAA/USD': 'delisted' }) });
      const values = { a: 'A', b: 'B', s: 'suspended A', t: 'books 0,1' };
      expectObservable(round({ markets })).toBe('(ab)(st|)', values);
    }),
  );

  it(
    'go on without the list where it does not come',
    marbles(({ cold, expectObservable }) => {
      const { round, standing } = world();
      standing.asked(BEGIN - 15 * 60_000);
      const markets = () => cold<MarketsAnswer>('----#', undefined, new ExchangeFailure('temporary', 'away'));
      expectObservable(round({ markets })).toBe('(ab)(xt|)', { a: 'A', b: 'B', x: 'no list', t: 'books 0,1' });
    }),
  );

  it(
    'know since when a market is suspended after a list of other lanes',
    marbles(({ cold, flush }) => {
      const { round, suspensions } = world();
      round({ book: () => cold<OrderBook>('#', undefined, gone) }, [0]).subscribe();
      flush();
      const desk = deskOf(suspensions, ['BBB/USD', 'AAA/USD'], 1);
      const nothing = { books: new Map(), requestedAt: new Map(), sellOnly: new Set<number>() };
      const later = desk.decide(nothing, BEGIN + 60_000, true, unversioned(settingsOf(TERMS)));
      const { held } = desk.change(later, null)[0]!.state!;
      expect(held.map(({ symbol, suspendedSince }) => [symbol, suspendedSince])).to.deep.equal([['AAA/USD', BEGIN]]);
    }),
  );
});
