import { expect } from 'chai';
import { NEVER, EMPTY } from 'rxjs';
import type { PositionsEvent, StoredChange } from '../../lib/market-data/positions-events.js';
import { openSinks } from '../../lib/sinks/catalogue.js';
import { metrics } from '../../lib/sinks/metrics.js';
import type { Outlets } from '../../lib/sinks/sink.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { react } from '../../streams/sinks/react.js';
import { marbles } from '../support/marbles.js';
import { defaultSettings } from '../support/settings.js';

const changed = (at: number, isClosed = false, strategy = 'momentum'): StoredChange =>
  ({
    kind: 'changed',
    strategy,
    at,
    configurationId: 3,
    events: isClosed ? [{ kind: 'exited', closed: true }] : [{ kind: 'exited', closed: false }],
  }) as unknown as StoredChange;
const resumed: PositionsEvent = { kind: 'resumed', symbol: 'AAA/USD' };
const events = { a: changed(0), b: changed(1), c: changed(2, true), h: changed(2 + HOUR_MS), o: resumed };

const outletsOf = (over: Partial<Outlets>): Outlets => ({
  log: { info: () => undefined, warn: () => undefined },
  describe: () => undefined,
  beat: () => undefined,
  measure: () => EMPTY,
  append: () => EMPTY,
  ...over,
});
const measured = (measure: Outlets['measure']) => react(() => [metrics.open(outletsOf({ measure }), {})]);

describe('the sink of metrics', () => {
  it(
    'stores them when a trade was closed, and each hour from then on, before it passes that change on',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const saved: (readonly [number, number])[] = [];
      const save = (_: string, at: number, configurationId: number) => {
        saved.push([at, configurationId]);
        return cold('--|');
      };
      const event$ = hot<PositionsEvent>('a-b-o-c---h', events);
      expectObservable(event$.pipe(measured(save)), '-------------!').toBe('a-b-o---c---h', events);
      flush();
      expect(saved).to.deep.equal([
        [2, 3],
        [2 + HOUR_MS, 3],
      ]);
    }),
  );

  it('stores those of several wallets one a minute where all are due, and that of a closed trade at once', () => {
    const saved: string[] = [];
    const measure = (strategy: string, at: number) => {
      saved.push(`${(at - HOUR_MS) / MINUTE_MS} ${strategy}`);
      return EMPTY;
    };
    const reacts = metrics.open(outletsOf({ measure }), {});
    const round = (at: number, closing = '') => {
      for (const strategy of ['a', 'b', 'c']) reacts(changed(at, strategy === closing, strategy));
    };
    round(0);
    for (let at = HOUR_MS; at < HOUR_MS + 3 * MINUTE_MS; at += MINUTE_MS / 2) round(at, at === HOUR_MS ? 'c' : '');
    round(2 * HOUR_MS);
    expect(saved).to.deep.equal(['0 a', '0 c', '1 b', '60 a']);
  });

  it(
    'fails with its events, and where it cannot store them',
    marbles(({ hot, cold, expectObservable }) => {
      expectObservable(hot<PositionsEvent>('a-#', events).pipe(measured(() => NEVER))).toBe('a-#', events);
      expectObservable(hot<PositionsEvent>('c---', events).pipe(measured(() => cold('-#')))).toBe('-#');
    }),
  );
});

describe('the sinks of the position manager', () => {
  it(
    'log an event and report that the process works, before they wait for what stores it',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const done: string[] = [];
      const outlets = outletsOf({
        describe: ({ kind }) => done.push(`log ${kind}`),
        beat: () => done.push('beat'),
        measure: () => {
          done.push('measure');
          return cold('---|');
        },
      });
      const event$ = hot<PositionsEvent>('c-o', events);
      const sinks = react(() => openSinks(outlets, defaultSettings.application));
      expectObservable(event$.pipe(sinks), '------!').toBe('---(co)', events);
      flush();
      expect(done).to.deep.equal(['log changed', 'beat', 'measure', 'log resumed', 'beat']);
    }),
  );

  it('are opened once for each subscription', () => {
    let opened = 0;
    const event$ = EMPTY.pipe(
      react(() => {
        opened++;
        return [];
      }),
    );
    event$.subscribe();
    event$.subscribe();
    expect(opened).to.equal(2);
  });
});
