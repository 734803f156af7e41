import { expect } from 'chai';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aborted } from '../../../lib/errors.js';
import { withLock } from '../../../lib/world/database/lock.js';
import { processId } from '../../../lib/world/database/processes.js';
import { newDataDir, tidy } from './bots.js';

const newFolder = (): string => {
  const folder = newDataDir();
  mkdirSync(folder);
  return folder;
};
const DEAD = `${processId(process.pid)}9`; // our pid with another start time: a process that once had it

describe('the lock on the data folder', () => {
  afterEach(tidy);

  it('lets one in at a time, however many come, and also when the one before was killed inside', async () => {
    const folder = newFolder();
    symlinkSync(`${DEAD} 0123456789abcdef`, join(folder, 'lock'));
    let inside = 0;
    let most = 0;
    let done = 0;

    await Promise.all(
      Array.from({ length: 20 }, () =>
        withLock(folder, async () => {
          most = Math.max(most, ++inside);
          await sleep(2);
          inside--;
          done++;
        }),
      ),
    );

    expect({ most, done }).to.deep.equal({ most: 1, done: 20 });
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('survives the one who was killed while breaking the lock of another who was killed', async () => {
    const folder = newFolder();
    symlinkSync(`${DEAD} aaaa`, join(folder, 'lock'));
    symlinkSync(`${DEAD} bbbb`, join(folder, 'lock.aaaa'));
    symlinkSync(`${DEAD} cccc`, join(folder, 'lock.cccc.draft'));

    expect(await withLock(folder, () => Promise.resolve('in'))).to.equal('in');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is free if a file has its name', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'lock'), 'as an older version wrote it');

    expect(await withLock(folder, () => Promise.resolve('in'))).to.equal('in');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('is given back when the work fails, and its wait ends at Ctrl-C', async () => {
    const folder = newFolder();
    const failure: unknown = await withLock(folder, () => Promise.reject(new Error('no'))).catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property('message', 'no');

    const stop = new AbortController();
    await withLock(folder, async () => {
      const waiting = withLock(folder, () => Promise.resolve('never'), { signal: stop.signal }).catch(
        (error: unknown) => error,
      );
      stop.abort();
      expect(await waiting).to.be.instanceOf(Aborted);
    });
  });
});
