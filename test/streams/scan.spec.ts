import { expect } from 'chai';
import { from, lastValueFrom, map, of, toArray } from 'rxjs';
import { unversioned } from '../../lib/settings/settings.js';
import type { CandleEvent } from '../../lib/market-data/events.js';
import { marketOf } from '../../lib/market.js';
import { CandleColumns } from '../../lib/market-data/candles.js';
import { Decision } from '../../lib/strategy/decisions.js';
import { defaultSettings } from '../support/settings.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { scan } from '../../streams/scan.js';
import { marbles } from '../support/marbles.js';

const tape = (minute: number): CandleEvent => ({
  kind: 'tape',
  late: false,
  rows: [],
  tape: tapeOf([{ market: 0, at: minute * MINUTE_MS, open: 1, high: 1, low: 1, close: 1, volume: 1 }], 1),
});
const gap: CandleEvent = { kind: 'gap', market: 0, from: 0, to: MINUTE_MS };
const world = {
  settings$: of(unversioned(defaultSettings)),
  listings: [{ market: marketOf('A/USD'), firstCandleAt: NaN }],
  period: { from: 2 * MINUTE_MS, to: Infinity },
};

describe('scan', () => {
  it('decides on the tapes and passes everything on in its order', async () => {
    const revised: CandleEvent = { kind: 'revised', source: 'ohlc', market: 0, candles: new CandleColumns(0) };
    const events = [tape(1), gap, { kind: 'recovered', behind: [] } as const, tape(2), revised, tape(3)];
    const steps = await lastValueFrom(scan(from(events), world).pipe(toArray()));
    expect(steps.map(({ kind }) => kind)).to.deep.equal([
      'scanned',
      'gap',
      'recovered',
      'scanned',
      'revised',
      'scanned',
    ]);
    const scanned = steps.flatMap(step => (step.kind === 'scanned' ? [step] : []));
    expect(scanned.map(({ event }) => event)).to.deep.equal([tape(1), tape(2), tape(3)]);
    expect(scanned.map(({ event, signal }) => event.tape.start === signal.start)).to.deep.equal([true, true, true]);
    expect(scanned.map(({ signal }) => signal.decision[0])).to.deep.equal([
      Decision.outside, // before the period
      Decision.notTradable,
      Decision.notTradable,
    ]);
  });

  it(
    'keeps to the time of its events, fails with them and lets go of them',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const kinds = (events: string, error?: string) => {
        const source = cold(events, { a: tape(1), g: gap }, error);
        return { source, kind$: scan(source, world).pipe(map(({ kind }) => kind)) };
      };
      const values = { s: 'scanned', g: 'gap' } as const;
      expectObservable(kinds('-a-g-a-|').kind$).toBe('-s-g-s-|', values);
      expectObservable(kinds('-a-#', 'lost').kind$).toBe('-s-#', values, 'lost');
      expectObservable(kinds('|').kind$).toBe('|');
      const left = kinds('-a-g-a-g');
      expectObservable(left.kind$, '----!').toBe('-s-g-', values);
      expectSubscriptions(left.source.subscriptions).toBe('^---!');
    }),
  );
});
