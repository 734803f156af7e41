import { expect } from 'chai';
import { Aborted } from '../../lib/errors.js';
import { sleep } from '../../lib/world/sleep.js';

describe('a rest', () => {
  it('ends when its time is over', async () => {
    const began = performance.now();
    await sleep(30);
    expect(performance.now() - began).to.be.above(25);
  });

  it('ends at once, as aborted, for all that wait on one signal: Node warns of no leak', async () => {
    const stop = new AbortController();
    const warnings: Error[] = [];
    const hear = (warning: Error) => void warnings.push(warning);
    process.on('warning', hear);
    try {
      const waiting = Array.from({ length: 20 }, () => sleep(60_000, stop.signal).catch((error: unknown) => error));
      stop.abort();
      for (const error of await Promise.all(waiting)) expect(error).to.be.instanceOf(Aborted);
      await new Promise(setImmediate);
    } finally {
      process.off('warning', hear);
    }
    expect(warnings).to.deep.equal([]);
  });
});
