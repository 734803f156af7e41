import { expect } from 'chai';
import { map, of } from 'rxjs';
import { diskSpace as spaceOf, type DiskSpace } from '../../../lib/ops/disk.js';
import { unversioned, type InForce } from '../../../lib/settings/settings.js';
import { dayWork, diskSpace, isFull } from '../../../streams/live/housekeeping.js';
import { marbles } from '../../support/marbles.js';
import { scannerPorts } from '../../support/scanner-ports.js';
import { settingsOf } from '../../support/settings.js';

describe('the disk of an embedded database', () => {
  const rooms = (...free: readonly (number | null)[]) => {
    let looks = 0;
    return {
      disk: () => {
        const room = free[looks++] ?? null;
        return of(room === null ? null : spaceOf('/data', room));
      },
    };
  };
  const states = { o: 'ok', l: 'low', f: 'full' } as const;
  const states$ = (...free: readonly (number | null)[]) =>
    diskSpace(scannerPorts({ maintenance: rooms(...free) })).pipe(map(({ space }): DiskSpace['state'] => space.state));

  it(
    'is measured at once and twice a minute; what cannot be measured changes nothing',
    marbles(({ expectObservable }) => {
      const seen$ = states$(5e9, 9e8, 1.5e8, null, 5e9);
      expectObservable(seen$, '125s !').toBe('o 29999ms l 29999ms f 59999ms o', states);
    }),
  );

  it(
    'says what is wrong, and once that it has room again',
    marbles(({ expectObservable }) => {
      const disk$ = diskSpace(scannerPorts({ maintenance: rooms(9e8, 1.5e8, 1.6e8, 5e9, 5e9) })).pipe(
        map(({ trouble, hasRecovered }) => trouble ?? (hasRecovered ? 'room again' : '')),
      );
      const values = {
        a: 'the disk has 900 MB left at /data: below 200 nothing is bought',
        b: 'the disk has 150 MB left at /data: nothing is bought until there are 200',
        c: 'the disk has 160 MB left at /data: nothing is bought until there are 200',
        d: 'room again',
        e: '',
      };
      expectObservable(disk$, '125s !').toBe('a 29999ms b 29999ms c 29999ms d 29999ms e', values);
    }),
  );

  it(
    'keeps entries back while it is full, and not before it is known',
    marbles(({ cold, expectObservable }) => {
      const event = (freeBytes: number) => ({
        kind: 'disk' as const,
        space: spaceOf('/data', freeBytes),
        trouble: null,
        hasRecovered: false,
      });
      const disk$ = cold('--o-f-l|', { o: event(5e9), f: event(1e8), l: event(9e8) });
      expectObservable(isFull(disk$)).toBe('n-n-f-n|', { n: false, f: true });
    }),
  );

  it(
    'is not looked at where the database is somewhere else',
    marbles(({ expectObservable }) => {
      expectObservable(states$(), '65s !').toBe('-');
    }),
  );

  it('is measured as it is', async () => {
    const { roomAt } = await import('../../../lib/world/disk.js');
    expect((await roomAt('/'))!.freeBytes).to.be.above(0);
    expect(await roomAt('/no/such/folder')).to.equal(null);
  });
});

describe('the work of a day', () => {
  it(
    'makes partitions, then drops old months by the settings in force, every six hours',
    marbles(({ cold, expectObservable, flush }) => {
      const order: string[] = [];
      const days = (n: number): InForce => unversioned(settingsOf(`application: { market_data_storage_days: ${n} }`));
      const ports = scannerPorts({
        settings$: cold('a 999ms b', { a: days(30), b: days(60) }),
        maintenance: {
          makePartitions: at => of(order.push(`partitions ${at / 3_600_000}`)),
          retain: (at, { settings }) =>
            of({ kind: 'failed', reason: `${at / 3_600_000} ${settings.application.marketDataStorageDays}` }),
        },
      });
      // Six hours are 720 half-minutes; every poll listens to the settings anew.
      const said$ = dayWork(ports).pipe(map(({ retained }) => (retained.kind === 'failed' ? retained.reason : '')));
      expectObservable(said$, '1500ms !').toBe('720ms a 719ms b', { a: '6 30', b: '12 30' });
      flush();
      expect(order).to.deep.equal(['partitions 6', 'partitions 12']);
    }),
  );
});
