import { map, type Observable } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { marketOf } from '../../lib/market.js';
import { unversioned } from '../../lib/settings/settings.js';
import { Cell, emptyTape, type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { withContext } from '../../streams/context.js';
import type { IndicatorTape } from '../../streams/indicators.js';
import { candle, minute } from '../support/broker.js';
import { marbles } from '../support/marbles.js';
import { settingsOf } from '../support/settings.js';

const settings = settingsOf();
const other = settingsOf('momentum_strategy: { roc: { periods: [1, 2], thresholds: [0.5, 1] } }');
const context = contextOf([{ market: marketOf('AAA/USD'), firstCandleAt: 0 }], 'USD');

const over = (n: number, minutes: number, closes: readonly number[], used = settings): IndicatorTape => ({
  ...tapeOf(
    closes.map((close, i): Candle => candle(n + minutes - closes.length + i, close, close, close, close)),
    1,
  ),
  ...unversioned(used),
  indicators: new Map(),
  candles: new Map(),
});
const one = (n: number, close: number | null, used = settings): IndicatorTape =>
  close === null ? { ...over(n, 1, [1]), ...emptyTape(minute(n), 1, 1) } : over(n, 1, [close], used);

describe('withContext', () => {
  /**
   * A letter says what is known of the last cell: `n` nothing, `f` that the market fell, `r` that
   * it rose, `g` a gap.
   */
  const known = (tape$: Observable<IndicatorTape>, reuse = false) =>
    tape$.pipe(
      withContext(context, reuse),
      map(({ cell, context: columns }) => {
        const breadth = columns!.get('breadth')!.at(-1)!;
        if (cell.at(-1) === Cell.absent) return Number.isNaN(breadth) ? 'g' : '!';
        return Number.isNaN(breadth) ? 'n' : breadth > 0 ? 'r' : 'f';
      }),
    );
  const tapes = {
    a: over(0, 15, Array<number>(15).fill(100)),
    b: one(15, 101),
    c: one(16, 99),
    d: one(17, 102),
    x: one(16, null),
    l: one(16, 99, other),
    y: over(18, 60, Array<number>(60).fill(100)),
    z: over(80, 60, Array<number>(15).fill(100)), // minutes 125 to 139
  };

  it(
    'knows nothing at the first row, and a quarter of an hour after it how the market moved',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-c-d|', tapes))).toBe('n-r-f-r|');
      expectObservable(known(cold('a-b-c-d|', tapes), true)).toBe('n-r-f-r|');
    }),
  );
  it(
    'is null in a gap, and uses the values before it for an hour',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-x-d|', tapes))).toBe('n-r-g-r|'); // anew at minute 17: what is known is minute 15's
      expectObservable(known(cold('a-b-z|', tapes))).toBe('n-r-n|'); // 110 minutes later that is forgotten
    }),
  );
  it(
    'goes on as it was when the settings change',
    marbles(({ cold, expectObservable }) => {
      expectObservable(known(cold('a-b-l-d|', tapes))).toBe('n-r-f-r|');
    }),
  );
  it(
    'is empty for an empty source, fails with it, and forgets between two listeners',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      expectObservable(known(cold<IndicatorTape>('--|'))).toBe('--|');
      expectObservable(known(cold('a-b-#', tapes))).toBe('n-r-#');
      const source = cold('a-b-c-', tapes);
      const both = known(source);
      expectObservable(both, '---!').toBe('n-r-');
      expectObservable(both, '--!').toBe('n-');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^-!']);
    }),
  );
  it(
    'adds nothing where no context is asked for',
    marbles(({ cold, expectObservable }) => {
      expectObservable(cold('a-b|', tapes).pipe(withContext(undefined))).toBe('a-b|', tapes);
    }),
  );
});
