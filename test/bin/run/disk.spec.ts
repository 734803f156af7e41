import { expect } from 'chai';
import sinon from 'sinon';
import { openDiskGuard } from '../../../bin/run/disk.js';
import { diskSpace } from '../../../lib/retention/disk.js';

describe('the disk of an embedded database', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(
    () =>
      (clock = sinon.useFakeTimers({
        toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
      })),
  );
  afterEach(() => clock.restore());

  it('keeps new entries back while it is full, and says what changes', async () => {
    const rooms = [5e9, 9e8, 1.5e8, null, 1.6e8, 3e8, 5e9];
    const said: string[] = [];
    const say = (level: string) => (first: unknown, text?: string) =>
      void said.push(`${level}: ${text ?? (first as string)}`);
    const log = { warn: say('warn'), info: say('info') };
    const asked: string[] = [];
    const guard = openDiskGuard({ database: { dataDir: '/data' }, log }, folder => {
      asked.push(folder);
      const room = rooms[asked.length - 1] ?? null;
      return Promise.resolve(room === null ? null : diskSpace(folder, room));
    });
    const full: boolean[] = [];
    const watching = guard.watch$.subscribe();
    for (let i = 0; i < rooms.length; i++) {
      await clock.tickAsync(i === 0 ? 1 : 30_000);
      full.push(guard.isFull());
    }
    watching.unsubscribe();
    expect(full).to.deep.equal([false, false, true, true, true, false, false]);
    expect(said).to.deep.equal([
      'warn: the disk has 900 MB left at /data: below 200 nothing is bought',
      'warn: the disk has 150 MB left at /data: nothing is bought until there are 200',
      'warn: the disk has 160 MB left at /data: nothing is bought until there are 200',
      'warn: the disk has 300 MB left at /data: below 200 nothing is bought',
      'info: the disk has room again',
    ]);
    expect(new Set(asked)).to.deep.equal(new Set(['/data']));
  });

  it('is looked at as it is', async () => {
    const { roomAt } = await import('../../../lib/world/disk.js');
    const room = await roomAt('/');
    expect(room!.freeBytes).to.be.above(0);
    expect(await roomAt('/no/such/folder')).to.equal(null);
  });

  it('is nobody’s business where the database is somewhere else', () => {
    const guard = openDiskGuard({ database: {}, log: { warn: () => undefined, info: () => undefined } }, () => {
      throw new Error('looked');
    });
    let ended = false;
    guard.watch$.subscribe({ complete: () => (ended = true) });
    expect([guard.isFull(), ended]).to.deep.equal([false, true]);
  });
});
