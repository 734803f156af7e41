import { expect } from 'chai';
import { NEVER, map, of } from 'rxjs';
import { HOUR_MS } from '../../lib/units.js';
import type { PositionsEvent, StoredChange } from '../../streams/live/positions.js';
import { measure } from '../../streams/sinks/measure.js';
import { marbles } from '../support/marbles.js';

const changed = (at: number, isClosed = false): StoredChange =>
  ({
    kind: 'changed',
    at,
    configurationId: 3,
    events: isClosed ? [{ kind: 'exited', closed: true }] : [{ kind: 'exited', closed: false }],
  }) as unknown as StoredChange;
const resumed: PositionsEvent = { kind: 'resumed', symbol: 'AAA/USD' };

describe('measure', () => {
  const events = { a: changed(0), b: changed(1), c: changed(2, true), h: changed(2 + HOUR_MS), o: resumed };

  it(
    'stores what a run came to when a trade was closed, and each hour from then on, before it passes that change on',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const saved: (readonly [number, number])[] = [];
      const save = (at: number, configurationId: number) => {
        saved.push([at, configurationId]);
        return cold('--|');
      };
      const event$ = hot<PositionsEvent>('a-b-o-c---h', events);
      expectObservable(event$.pipe(measure(save)), '-------------!').toBe('a-b-o---c---h', events);
      flush();
      expect(saved).to.deep.equal([
        [2, 3],
        [2 + HOUR_MS, 3],
      ]);
    }),
  );

  it(
    'fails with its events, and where it cannot be stored',
    marbles(({ hot, cold, expectObservable }) => {
      expectObservable(hot<PositionsEvent>('a-#', events).pipe(measure(() => NEVER))).toBe('a-#', events);
      const failing = hot<PositionsEvent>('c---', events).pipe(
        measure(() => cold('-#')),
        map(() => of()),
      );
      expectObservable(failing).toBe('-#');
    }),
  );
});
