import { map, type Observable } from 'rxjs';
import { marketOf } from '../../lib/market.js';
import { type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { backtest } from '../../streams/backtest.js';
import { log } from '../../streams/sinks/log.js';
import { candle, minute } from '../support/broker.js';
import { marbles } from '../support/marbles.js';
import { settingsOf } from '../support/settings.js';
import { expect } from 'chai';

const tape = (n: number) => tapeOf([candle(n, 100, 100, 100, 100)], 1);
const steps = (tape$: Observable<Tape>) =>
  backtest({
    tape$,
    settings: settingsOf(),
    listings: [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }],
    period: { from: minute(0), to: minute(3) },
  }).pipe(map(({ kind }) => kind[0]));

describe('backtest', () => {
  it(
    'settles each tape and ends when they end',
    marbles(({ cold, expectObservable }) => {
      const tape$ = cold(' a--b--c--|', { a: tape(0), b: tape(1), c: tape(2) });
      const expected = '   s--s--s--(e|)';
      expectObservable(steps(tape$)).toBe(expected);
    }),
  );
  it(
    'ends at once without tapes, and not at all when they fail',
    marbles(({ cold, expectObservable }) => {
      expectObservable(steps(cold('--|'))).toBe('--(e|)');
      expectObservable(steps(cold('a-#', { a: tape(0) }))).toBe('s-#');
    }),
  );
  it(
    'releases the tapes once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const tape$ = cold('a--b--c', { a: tape(0), b: tape(1), c: tape(2) });
      expectObservable(steps(tape$), '----!').toBe('s--s-');
      expectSubscriptions(tape$.subscriptions).toBe('^---!');
    }),
  );
});

describe('log', () => {
  it(
    'tells of each value and passes it on',
    marbles(({ cold, expectObservable, flush }) => {
      const told: string[] = [];
      expectObservable(cold('a-b-|').pipe(log(value => told.push(value)))).toBe('a-b-|');
      expectObservable(cold('a-#').pipe(log(() => undefined))).toBe('a-#');
      expectObservable(cold('--|').pipe(log(() => undefined))).toBe('--|');
      flush();
      expect(told).to.deep.equal(['a', 'b']);
    }),
  );
});
