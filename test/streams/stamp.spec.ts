import type { InForce, Settings } from '../../lib/settings/settings.js';
import { emptyTape } from '../../lib/tape.js';
import { stamp } from '../../streams/stamp.js';
import { marbles } from '../support/marbles.js';

const tape = emptyTape(0, 1, 1);
const [s, t] = [1, 2].map((configurationId): InForce => ({ settings: {} as Settings, configurationId }));
const stamped = { s: { ...tape, ...s! }, t: { ...tape, ...t! } };

describe('stamp', () => {
  it(
    'pins the settings in force to each tape',
    marbles(({ hot, expectObservable }) => {
      const settings$ = hot('s------t------', { s: s!, t: t! });
      const tape$ = hot('    -a--a-----a--|', { a: tape });
      const expected = '     -s--s-----t--|';
      expectObservable(tape$.pipe(stamp(settings$))).toBe(expected, stamped);
    }),
  );

  it(
    'keeps the last settings when no more of them come',
    marbles(({ cold, hot, expectObservable }) => {
      const settings$ = cold('(s|)', { s: s! });
      const tape$ = hot('     -a-a|', { a: tape });
      const expected = '      -s-s|';
      expectObservable(tape$.pipe(stamp(settings$))).toBe(expected, stamped);
    }),
  );

  it(
    'ends with the tapes and fails with either',
    marbles(({ hot, expectObservable }) => {
      expectObservable(hot('-a--|', { a: tape }).pipe(stamp(hot('s-------', { s: s! })))).toBe('-s--|', stamped);
      expectObservable(hot('-a--#', { a: tape }).pipe(stamp(hot('s-------', { s: s! })))).toBe('-s--#', stamped);
      expectObservable(hot('-a----', { a: tape }).pipe(stamp(hot('s--#', { s: s! })))).toBe('   -s-#', stamped);
    }),
  );

  it(
    'unsubscribes from both once nothing is subscribed',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const settings$ = hot('s-------', { s: s! });
      const tape$ = hot('    -a--a---', { a: tape });
      const unsub = '        ---!';
      expectObservable(tape$.pipe(stamp(settings$)), unsub).toBe('-s--', stamped);
      expectSubscriptions(settings$.subscriptions).toBe('^--!');
      expectSubscriptions(tape$.subscriptions).toBe('    ^--!');
    }),
  );
});
