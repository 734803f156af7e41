import { expect } from 'chai';
import { defer, from, lastValueFrom, of, type ObservableInput } from 'rxjs';
import type { OpenedMarkets, ScansToStore } from '../../../lib/market-data/ports.js';
import { openAfterSaves } from '../../../streams/live/after-saves.js';
import { marbles } from '../../support/marbles.js';
import { openedMarkets, scannerPorts } from '../../support/scanner-ports.js';

const FOUND: ScansToStore = { configurationId: 1, strategy: 'momentum', ids: [1], scans: [], verdicts: [] };
const TRACKED = { traded: ['AAA/USD'], auxiliary: [] };
const opened = openedMarkets(['AAA/USD']);

describe('a recovery', () => {
  it('begins after the save under way, which the end of its session does not cancel', async () => {
    for (const end of ['stored', 'failed'] as const) {
      const order: string[] = [];
      let settle = (): void => undefined;
      const save = () =>
        new Promise<null>((resolve, reject) => {
          settle = () => {
            order.push(end);
            if (end === 'stored') resolve(null);
            else reject(new Error('no'));
          };
        });
      const open = () => {
        order.push('opened');
        return of(opened);
      };
      const { scans, recovery } = openAfterSaves(scannerPorts({ scans: { save }, recovery: { open } }));
      from(scans.save(FOUND))
        .subscribe({ error: () => undefined })
        .unsubscribe();
      const found = lastValueFrom(from(recovery.open(TRACKED, [])));
      await Promise.resolve();
      expect(order).to.deep.equal([]);
      settle();
      expect(await found).to.equal(opened);
      expect(order).to.deep.equal([end, 'opened']);
      expect(await lastValueFrom(from(recovery.open(TRACKED, [])))).to.equal(opened);
    }
  });

  it(
    'begins at once where nothing is saved, or a save ended with its session',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const save = cold('----|');
      const open = cold<OpenedMarkets>('o|', { o: opened });
      const { scans, recovery } = openAfterSaves(
        scannerPorts({ scans: { save: () => save }, recovery: { open: () => open } }),
      );
      const asked$ = defer(() => recovery.open(TRACKED, []));
      expectObservable(asked$).toBe('o|', { o: opened });
      const saved$ = defer<ObservableInput<unknown>>(() => scans.save(FOUND));
      expectObservable(saved$, '-^-!').toBe('----');
      expectObservable(asked$, '---^').toBe('---o|', { o: opened });
      expectSubscriptions(save.subscriptions).toBe('-^-!');
    }),
  );
});
