import { expect } from 'chai';
import { asyncScheduler, of } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { Priority } from '../../../lib/exchange/request-budget.js';
import type { OrderBook } from '../../../lib/exchange/ports.js';
import { books, type BookEvent, type BookInputs } from '../../../streams/sources/books.js';
import { marbles } from '../../support/marbles.js';

const good: OrderBook = {
  usable: true,
  bids: [{ price: 99, size: 1, at: 0 }],
  asks: [{ price: 101, size: 1, at: 0 }],
  newest: 0,
};
const crossed: OrderBook = { usable: false, fault: 'crossed' };
const bookOf = (symbol: string): BookEvent => ({ kind: 'book', symbol, book: good });
const held = (symbol: string) => ({ symbol, rank: 'exits' as Priority });
const tradable = (symbol: string) => ({ symbol, rank: 'candles' as Priority });

const world = (over: Partial<BookInputs>): BookInputs => ({
  now: () => asyncScheduler.now(),
  periodMs: 10,
  most: 10,
  wanted$: of([held('A/USD')]),
  ask: () => [good],
  ...over,
});

describe('books', () => {
  it(
    'come as they are answered, each period',
    marbles(({ cold, expectObservable }) => {
      const ask = (symbol: string) => cold<OrderBook>(symbol === 'A/USD' ? '-(a|)' : '---(a|)', { a: good });
      const wanted$ = of([held('A/USD'), tradable('B/USD')]);
      const unsub = '   -------------------------!';
      const expected = '-----------a-b-------a-b--';
      expectObservable(books(world({ wanted$, ask })), unsub).toBe(expected, {
        a: bookOf('A/USD'),
        b: bookOf('B/USD'),
      });
    }),
  );

  it(
    'say what is wrong with one that must not be used, and of which market there is none',
    marbles(({ cold, expectObservable }) => {
      const ask = (symbol: string) =>
        symbol === 'A/USD'
          ? cold('(a|)', { a: crossed })
          : cold<OrderBook>('-#', undefined, new ExchangeFailure('temporary', 'away'));
      const wanted$ = of([held('A/USD'), held('B/USD')]);
      expectObservable(books(world({ wanted$, ask })), '--------------!').toBe('----------ab--', {
        a: { kind: 'fault', symbol: 'A/USD', fault: 'crossed' },
        b: { kind: 'trouble', symbol: 'B/USD', reason: 'away', failure: 'temporary' },
      });
    }),
  );

  it(
    'are those of held markets first, and of the others in turn, where the budget does not allow for all',
    marbles(({ cold, expectObservable, flush }) => {
      const asked: string[] = [];
      const wanted$ = of([tradable('A/USD'), tradable('B/USD'), held('C/USD')]);
      const ask = (symbol: string, rank: Priority) => (asked.push(`${symbol} ${rank}`), cold<OrderBook>('|'));
      expectObservable(books(world({ wanted$, ask, most: 2 })), '-----------------------------------!').toBe('-');
      flush();
      expect(asked).to.deep.equal([
        'C/USD exits',
        'A/USD candles',
        'C/USD exits',
        'B/USD candles',
        'C/USD exits',
        'A/USD candles',
      ]);
    }),
  );

  it(
    'go on after a market that never answers',
    marbles(({ cold, expectObservable }) => {
      let times = 0;
      const ask = () => (times++ === 0 ? cold<OrderBook>('-') : cold('(a|)', { a: good }));
      const expected = '--------------------(fa)------a-';
      expectObservable(books(world({ ask })), '--------------------------------!').toBe(expected, {
        f: { kind: 'trouble', symbol: 'A/USD', reason: 'no answer in time', failure: 'dropped' },
        a: bookOf('A/USD'),
      });
    }),
  );

  it(
    'fail when no waiting helps, and are aborted once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const bug = new TypeError('no');
      expectObservable(books(world({ ask: () => cold('#', undefined, bug) }))).toBe('----------#', undefined, bug);
      const pending = cold<OrderBook>('-');
      expectObservable(books(world({ ask: () => pending })), '------------!').toBe('-');
      expectSubscriptions(pending.subscriptions).toBe('----------^-!');
    }),
  );

  it(
    'are none where none is wanted',
    marbles(({ expectObservable }) => {
      expectObservable(books(world({ wanted$: of([]) })), '------------------------!').toBe('-');
    }),
  );
});
