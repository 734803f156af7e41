import { expect } from 'chai';
import { asyncScheduler, map, type Observable } from 'rxjs';
import { ExchangeFailure, type FailureKind } from '../../lib/exchange/failure.js';
import type { Schedule } from '../../lib/market-data/schedule.js';
import { poll, type PollResult } from '../../streams/poll.js';
import { marbles } from '../support/marbles.js';

/**
 * A clock that reads 103 when the test begins, so that with a period of 10 and a delay of 2 the
 * first tick is at frame 9.
 */
const schedule: Schedule = { now: () => 103 + asyncScheduler.now(), periodMs: 10, delayMs: 2, timeoutMs: 25 };
const failure = (kind: FailureKind, retryAfterMs: number | null = null) =>
  new ExchangeFailure(kind, 'no answer', retryAfterMs);
/** An answer as its value and the ticks skipped before it, a failure as `failed`. */
const told = <T>(polled$: Observable<PollResult<T>>) =>
  polled$.pipe(
    map(polled => (polled.kind === 'answer' ? `${String(polled.value)}${polled.skipped}` : polled.failure.kind)),
  );
const at = (value: unknown, skipped: number) => `${String(value)}${skipped}`;

describe('poll', () => {
  it(
    'asks shortly after each whole period of the clock, not before',
    marbles(({ cold, expectObservable, flush }) => {
      const periods: number[] = [];
      const ask = (period: number) => {
        periods.push(period);
        return cold('-a|');
      };
      const unsub = '   -----------------------------------!';
      const expected = '----------a---------a---------a-----';
      expectObservable(told(poll(schedule, ask)), unsub).toBe(expected, { a: at('a', 0) });
      flush();
      expect(periods).to.deep.equal([110, 120, 130]); // asked at 112, 122, 132
    }),
  );

  it(
    'asks when the clock is there, though the timer fired too soon',
    marbles(({ cold, expectObservable, flush }) => {
      const asked: number[] = [];
      // the clock reads 4 less than the timer was set by, as if the event loop had been busy when
      // that was done
      const late: Schedule = {
        periodMs: 1_000,
        delayMs: 2,
        timeoutMs: 25,
        now: () => 103 + asyncScheduler.now() - (asyncScheduler.now() > 0 ? 4 : 0),
      };
      const ask = () => {
        asked.push(late.now());
        return cold('a|');
      };
      const unsub = '   2500ms !';
      const expected = '903ms a 999ms a'; // 103 + 899 − 4 = 998 is too soon for 1000 + 2, and 4 later it is not
      expectObservable(told(poll(late, ask)), unsub).toBe(expected, { a: at('a', 0) });
      flush();
      expect(asked).to.deep.equal([1_002, 2_002]);
    }),
  );

  it(
    'skips the ticks at which an answer is pending and says how many',
    marbles(({ cold, expectObservable }) => {
      let questions = 0;
      const ask = () => (questions++ === 0 ? cold('-----------------------a|') : cold('-b|'));
      const unsub = '   ----------------------------------------------------!';
      const expected = '--------------------------------a-------b---------c--';
      expectObservable(told(poll(schedule, ask)), unsub).toBe(expected, {
        a: at('a', 0),
        b: at('b', 2),
        c: at('b', 0),
      });
    }),
  );

  it(
    'asks again after a growing wait where that may help, and goes on with the clock',
    marbles(({ cold, expectObservable }) => {
      let questions = 0;
      const ask = () => (questions++ < 2 ? cold('#', undefined, failure('temporary')) : cold('a|'));
      const unsub = '   9ms -      999ms -      1999ms -     8ms -      !';
      const expected = '9ms f      999ms f      1999ms a     8ms -      ';
      const slow: Schedule = { ...schedule, now: () => 10_000 * 1e6 - 9 + 2 + asyncScheduler.now() };
      expectObservable(told(poll({ ...slow, periodMs: 10_000 }, ask)), unsub).toBe(expected, {
        f: 'temporary', // again after 1 s, then after 2 s
        a: at('a', 0),
      });
    }),
  );

  it(
    'waits as long as it is asked to before it asks again',
    marbles(({ cold, expectObservable }) => {
      let questions = 0;
      const ask = () => (questions++ === 0 ? cold('#', undefined, failure('bad_answer', 4)) : cold('a|'));
      const unsub = '   --------------!';
      const expected = '---------f---a-';
      expectObservable(told(poll(schedule, ask, () => 0)), unsub).toBe(expected, { f: 'bad_answer', a: at('a', 0) });
    }),
  );

  for (const kind of ['rate_limit', 'circuit_open', 'market'] as const)
    it(
      `leaves it at that until the next tick after ${kind}`,
      marbles(({ cold, expectObservable }) => {
        let questions = 0;
        const ask = () => (questions++ === 0 ? cold('-#', undefined, failure(kind)) : cold('a|'));
        const unsub = '   --------------------!';
        const expected = '----------f--------a-';
        expectObservable(told(poll(schedule, ask)), unsub).toBe(expected, { f: kind, a: at('a', 0) });
      }),
    );

  it(
    'gives a question up that is never answered, and asks the next one',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const silent = cold('-');
      let questions = 0;
      const ask = () => (questions++ === 0 ? silent : cold('a|'));
      const unsub = '   ----------------------------------------!';
      const expected = '----------------------------------f----a-';
      expectObservable(told(poll(schedule, ask)), unsub).toBe(expected, { f: 'dropped', a: at('a', 2) });
      expectSubscriptions(silent.subscriptions).toBe('---------^------------------------!');
    }),
  );

  it(
    'gives a question up that is answered but never ends',
    marbles(({ cold, expectObservable }) => {
      let questions = 0;
      const ask = () => (questions++ === 0 ? cold('b') : cold('a|'));
      const unsub = '   ----------------------------------------!';
      const expected = '---------b------------------------f----a-';
      expectObservable(told(poll(schedule, ask)), unsub).toBe(expected, {
        b: at('b', 0),
        f: 'dropped',
        a: at('a', 2),
      });
    }),
  );

  it(
    'asks the next time when there is no answer at all',
    marbles(({ cold, expectObservable }) => {
      let questions = 0;
      const ask = () => (questions++ === 0 ? cold('|') : cold('a|'));
      expectObservable(told(poll(schedule, ask)), '--------------------!').toBe('-------------------a-', {
        a: at('a', 0),
      });
    }),
  );

  it(
    'fails when waiting does not help: a refused configuration, or an unexpected error',
    marbles(({ cold, expectObservable }) => {
      const refused = failure('configuration');
      const bug = new TypeError('x is not a function');
      const expected = '---------#';
      expectObservable(poll(schedule, () => cold('#', undefined, refused))).toBe(expected, undefined, refused);
      expectObservable(poll(schedule, () => cold('#', undefined, bug))).toBe(expected, undefined, bug);
      expectObservable(
        poll(schedule, () => {
          throw bug;
        }),
      ).toBe(expected, undefined, bug);
    }),
  );

  it(
    'aborts the request once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const pending = cold('----------a|');
      expectObservable(
        poll(schedule, () => pending),
        '-------------!',
      ).toBe('--------------');
      expectSubscriptions(pending.subscriptions).toBe('          ---------^---!');
    }),
  );

  it(
    'begins at once with the current period if requested',
    marbles(({ cold, expectObservable }) => {
      const ask = (period: number) => cold('a|', { a: period });
      const unsub = '   ----------!';
      const expected = 'a--------b-';
      expectObservable(told(poll({ ...schedule, eager: true }, ask)), unsub).toBe(expected, {
        a: at(100, 0),
        b: at(110, 0), // 103 is past 100 + 2
      });
    }),
  );

  it(
    'keeps to the clock when that is set forward or back, and when it runs faster than ours',
    marbles(({ cold, expectObservable }) => {
      const ask = (period: number) => cold('a|', { a: period });
      const steps = (frame: number) => (frame < 15 ? 0 : frame < 35 ? 1_005 : -1_000);
      const stepping: Schedule = { ...schedule, now: () => 103 + asyncScheduler.now() + steps(asyncScheduler.now()) };
      //  The ticks at 19 and 44 were computed before the steps at 15 and 35.
      const unsub = '   --------------------------------------------------!';
      const expected = '---------a---------b----c---------d---------e----f-';
      expectObservable(told(poll(stepping, ask)), unsub).toBe(expected, {
        a: at(110, 0),
        b: at(120, 0),
        c: at(1_130, 0),
        d: at(1_140, 0),
        e: at(1_150, 0),
        f: at(-850, 0),
      });
      const fast: Schedule = { ...schedule, now: () => 102 + 5 * asyncScheduler.now(), speed: 5, periodMs: 50 };
      // 150 + 2 = 102 + 5 · 10
      expectObservable(told(poll(fast, ask)), '----------------------!').toBe('----------a---------b--', {
        a: at(150, 0),
        b: at(200, 0),
      });
    }),
  );
});
