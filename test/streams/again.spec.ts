import { map, type Observable } from 'rxjs';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { RetryPolicy } from '../../lib/retry.js';
import { again } from '../../streams/again.js';
import { marbles } from '../support/marbles.js';

const away = new ExchangeFailure('temporary', 'away');
const unknown = new ExchangeFailure('market', 'unknown market');
const refused = new ExchangeFailure('configuration', 'refused');
const policy: RetryPolicy<ExchangeFailure> = {
  backoff: { firstMs: 4, factor: 2, maxMs: 100 },
  random: () => 0.5,
  mayRepeat: ({ next }) => next === 'retry',
};

describe('again', () => {
  /** What came of each try: `f` with its wait, `a` with the tries before. */
  const tried = (answers: readonly Observable<string>[], over: Partial<RetryPolicy<ExchangeFailure>> = {}) => {
    const left = [...answers];
    return again(() => left.shift()!, { ...policy, ...over }).pipe(
      map(each => (each.kind === 'failed' ? `f${each.waitMs}` : `a${each.tries}`)),
    );
  };

  it(
    'asks again after waits that grow, and emits each failure',
    marbles(({ cold, expectObservable }) => {
      const answers = [cold('-#', undefined, away), cold('-#', undefined, away), cold('-(x|)')];
      // The waits are half of 4 and of 8.
      expectObservable(tried(answers)).toBe('-f--g----(a|)', { f: 'f2', g: 'f4', a: 'a2' });
    }),
  );

  it(
    'waits at least as long as the policy says, on a clock of its speed',
    marbles(({ cold, expectObservable }) => {
      const answers = () => [cold('#', undefined, away), cold('(x|)')];
      expectObservable(tried(answers(), { minMs: 6 })).toBe('f-------(a|)', { f: 'f8', a: 'a1' });
      expectObservable(tried(answers(), { minMs: 6, speed: 4 })).toBe('f-(a|)', { f: 'f8', a: 'a1' });
    }),
  );

  it(
    'ends with a failure that may not be repeated, and fails with what waiting cannot mend',
    marbles(({ cold, expectObservable }) => {
      expectObservable(tried([cold('-#', undefined, unknown)])).toBe('-(f|)', { f: 'fnull' });
      expectObservable(tried([cold('-#', undefined, refused)])).toBe('-#', undefined, refused);
      const fault = new Error('a fault of ours');
      expectObservable(tried([cold('-#', undefined, fault)])).toBe('-#', undefined, fault);
    }),
  );

  it(
    'lets go of a request, and of a wait',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const silent = cold('----');
      expectObservable(tried([silent]), '--!').toBe('-');
      expectSubscriptions(silent.subscriptions).toBe('^-!');
      const second = cold('(x|)');
      expectObservable(tried([cold('#', undefined, away), second]), '-!').toBe('f', { f: 'f2' });
      expectSubscriptions(second.subscriptions).toBe([]);
    }),
  );
});
