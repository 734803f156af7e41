import { expect } from 'chai';
import { asyncScheduler, of } from 'rxjs';
import { UserError } from '../../../lib/errors.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { ExchangeListing } from '../../../lib/reference/listings.js';
import type { CoinsAnswer } from '../../../lib/reference/coin.js';
import { coinFacts, type CoinFact, type CoinQuestions } from '../../../streams/sources/coins.js';
import { marbles } from '../../support/marbles.js';

const a: CoinsAnswer = { at: 0, coins: [], rejected: 0 };
const caps: CoinFact = { kind: 'caps', answer: a };
const trouble = (reason: string): CoinFact => ({ kind: 'trouble', reason });
const listed = (exchange: string, at: number): ExchangeListing => ({ exchange, at, bases: new Set(['BTC']) });
const known = (...all: readonly (readonly [exchange: string, at: number])[]): CoinFact => ({
  kind: 'listings',
  listings: new Map(all.map(([exchange, at]) => [exchange, listed(exchange, at) as never])),
});

/**
 * An hour of ten frames, a day of thirty, on the scheduler's clock; nothing answers by default.
 */
const questions = (more: Partial<CoinQuestions>): CoinQuestions => ({
  now: () => asyncScheduler.now(),
  capsEveryMs: 10,
  listingsEveryMs: 30,
  exchanges$: of(['x', 'y']),
  caps: () => [],
  listings: () => [],
  ...more,
});

describe('facts about coins', () => {
  it(
    'come at once and then each hour; listings once a day',
    marbles(({ cold, expectObservable, flush }) => {
      const asked: string[] = [];
      const listings = (exchanges: readonly string[]) => {
        asked.push(exchanges.join(''));
        return cold('--(l|)', { l: exchanges.map(exchange => listed(exchange, asyncScheduler.now())) });
      };
      const facts = coinFacts(questions({ caps: () => cold('-(a|)', { a }), listings }));
      expectObservable(facts, '-----------------------------------!').toBe('-cl--------c---------c---------cd--', {
        c: caps,
        l: known(['x', 0], ['y', 0]),
        d: known(['x', 30], ['y', 30]),
      });
      flush();
      expect(asked).to.deep.equal(['xy', 'xy']);
    }),
  );

  it(
    'ask an exchange that gave no answer again an hour later, alone, and keep what is known',
    marbles(({ cold, expectObservable }) => {
      let times = 0;
      const listings = (exchanges: readonly string[]) =>
        cold<readonly ExchangeListing[]>('(l|)', {
          l: exchanges.map(exchange =>
            exchange === 'y' && times++ < 1 ? { exchange, failure: 'away' } : listed(exchange, asyncScheduler.now()),
          ),
        });
      expectObservable(coinFacts(questions({ listings })), '-------------------------------!').toBe(
        '(lt)------m-------------------n',
        { l: known(['x', 0]), t: trouble('y: away'), m: known(['x', 0], ['y', 10]), n: known(['x', 30], ['y', 10]) },
      );
    }),
  );

  it(
    'say that all exchanges are out of reach, and nothing else of them',
    marbles(({ cold, expectObservable }) => {
      const listings = (exchanges: readonly string[]) =>
        cold('(l|)', { l: exchanges.map(exchange => ({ exchange, failure: 'away' })) });
      expectObservable(coinFacts(questions({ listings })), '------------!').toBe('(tu)------(tu)', {
        t: trouble('x: away'),
        u: trouble('y: away'),
      });
    }),
  );

  it(
    'never end, whatever fails: what may be mended is asked again after a wait, the rest an hour later',
    marbles(({ cold, expectObservable }) => {
      const failures: readonly unknown[] = [
        new ExchangeFailure('configuration', 'refused'),
        new UserError(['ccxt is not there']),
        new ExchangeFailure('rate_limit', 'too many'),
        new ExchangeFailure('market', 'odd'),
      ];
      let times = 0;
      const ask = () => {
        const failure = failures[times++];
        return failure ? cold<CoinsAnswer>('#', undefined, failure) : cold('(a|)', { a });
      };
      const facts = coinFacts(questions({ caps: ask, random: () => 0.0005 }));
      // the second may be mended: again after 0.0005 · 10 s = 5 frames
      expectObservable(facts, '-----------------------------------------!').toBe(
        'r---------u----m----o---------c---------c',
        { r: trouble('refused'), u: trouble('ccxt is not there'), m: trouble('too many'), o: trouble('odd'), c: caps },
      );
    }),
  );

  it(
    'come from one source while the other is silent, throws or ends without a word',
    marbles(({ cold, expectObservable }) => {
      const listings = (exchanges: readonly string[]) =>
        cold('(l|)', { l: exchanges.map(exchange => listed(exchange, 0)) });
      const l = known(['x', 0], ['y', 0]);
      const never = cold<CoinsAnswer>('-');
      const throwing = () => {
        throw new Error('odd');
      };
      expectObservable(coinFacts(questions({ listings, caps: () => never })), '---!').toBe('l', { l });
      expectObservable(coinFacts(questions({ listings, caps: throwing })), '---!').toBe('(tl)', {
        t: trouble('odd'),
        l,
      });
      expectObservable(coinFacts(questions({ listings, caps: () => [] })), '---!').toBe('l', { l });
    }),
  );

  it(
    'give up an unanswered request after five hours, and abort it once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const silent = cold<CoinsAnswer>('-');
      const facts = coinFacts(questions({ caps: () => silent, exchanges$: of([]) }));
      const time = '------------------------------------------------------------------!';
      expectObservable(facts, time).toBe('--------------------------------------------------t', {
        t: trouble('no answer within 0.05 s'),
      });
      expectSubscriptions(silent.subscriptions).toBe([
        '^-------------------------------------------------!',
        '--------------------------------------------------^---------------!',
      ]);
    }),
  );

  it(
    'run as fast as the exchange’s clock, for each listener anew',
    marbles(({ cold, expectObservable }) => {
      const facts = coinFacts(
        questions({
          caps: () => cold('(a|)', { a }),
          exchanges$: of([]),
          now: () => 2 * asyncScheduler.now(),
          speed: 2,
        }),
      );
      expectObservable(facts, '------------!').toBe('c----c----c', { c: caps });
      expectObservable(facts, '---^---!').toBe('---c-c', { c: caps });
    }),
  );
});
