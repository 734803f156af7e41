import { expect } from 'chai';
import { persist } from '../../streams/sinks/persist.js';
import { marbles } from '../support/marbles.js';

describe('persist', () => {
  it(
    'passes a change on once it is saved',
    marbles(({ cold, hot, expectObservable }) => {
      const change$ = hot(' -a---------|');
      const save = cold('   ---|');
      const expected = '    ----a------|';
      expectObservable(change$.pipe(persist(() => save))).toBe(expected);
    }),
  );

  it(
    'saves what came meanwhile together, in order, and nothing twice',
    marbles(({ cold, hot, expectObservable, flush }) => {
      const batches: (readonly string[])[] = [];
      const change$ = hot(' a-bc------d-|');
      const save = cold('   -----|');
      const expected = '    -----a----(bc)-(d|)';
      expectObservable(
        change$.pipe(
          persist(batch => {
            batches.push(batch);
            return save;
          }),
        ),
      ).toBe(expected);
      flush();
      expect(batches).to.deep.equal([['a'], ['b', 'c'], ['d']]);
    }),
  );

  it(
    'finishes saving after the source has ended',
    marbles(({ cold, hot, expectObservable }) => {
      const change$ = hot(' ab|');
      const save = cold('   ---|');
      const expected = '    ---a--(b|)';
      expectObservable(change$.pipe(persist(() => save))).toBe(expected);
    }),
  );

  it(
    'fails when a save fails, and when the source does',
    marbles(({ cold, hot, expectObservable }) => {
      expectObservable(hot(' a---|').pipe(persist(() => cold('--#')))).toBe('  --#');
      expectObservable(hot(' a--#').pipe(persist(() => cold('-|')))).toBe('   -a-#');
    }),
  );

  it(
    'saves nothing when nothing changes',
    marbles(({ hot, expectObservable }) => {
      expectObservable(
        hot(' ----|').pipe(
          persist(() => {
            throw new Error('never');
          }),
        ),
      ).toBe('----|');
    }),
  );

  it(
    'stops saving once nothing is subscribed',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const save = cold('   -----|');
      const unsub = '       --!';
      expectObservable(hot('a----').pipe(persist(() => save)), unsub).toBe('---');
      expectSubscriptions(save.subscriptions).toBe('^-!');
    }),
  );
});
