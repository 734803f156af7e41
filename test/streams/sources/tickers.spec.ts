import { asyncScheduler } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { Ticker, TickersAnswer } from '../../../lib/exchange/ports.js';
import { tickers, type TickerEvent } from '../../../streams/sources/tickers.js';
import { marbles } from '../../support/marbles.js';

const ticker: Ticker = { bid: 99, ask: 101, last: 100, volume24h: 5, vwap24h: 100 };
const all: TickersAnswer = { tickers: new Map([['BTC/USD', ticker]]), rejected: [] };
const schedule = { now: () => asyncScheduler.now(), periodMs: 10 };
const event = (at: number): TickerEvent => ({ kind: 'tickers', at, ...all });

describe('tickers', () => {
  it(
    'of all markets come in one answer each refresh',
    marbles(({ cold, expectObservable }) => {
      const ask = () => cold('-(a|)', { a: all });
      const expected = '-----------a---------b--';
      expectObservable(tickers(schedule, ask), '------------------------!').toBe(expected, {
        a: event(10),
        b: event(20),
      });
    }),
  );

  it(
    'say that they failed, and are asked for again',
    marbles(({ cold, expectObservable }) => {
      let times = 0;
      const failure = new ExchangeFailure('rate_limit', 'too many');
      const ask = () => (times++ === 0 ? cold<TickersAnswer>('#', undefined, failure) : cold('(a|)', { a: all }));
      const expected = '----------f---------a---';
      expectObservable(tickers(schedule, ask), '------------------------!').toBe(expected, {
        f: { kind: 'trouble', at: 10, reason: 'too many' },
        a: event(20),
      });
    }),
  );

  it(
    'fail when no waiting helps, and are aborted once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const refused = new ExchangeFailure('configuration', 'refused');
      const ask = () => cold<TickersAnswer>('#', undefined, refused);
      expectObservable(tickers(schedule, ask)).toBe('----------#', undefined, refused);
      const pending = cold<TickersAnswer>('-');
      expectObservable(
        tickers(schedule, () => pending),
        '------------!',
      ).toBe('-');
      expectSubscriptions(pending.subscriptions).toBe('----------^-!');
    }),
  );
});
