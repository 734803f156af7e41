import { expect } from 'chai';
import * as fc from 'fast-check';
import { RESTART_RULES, restartWaitMs } from '../../lib/ops/restart.js';

describe('the wait before a restart', () => {
  it('doubles with each failure and is drawn evenly from nothing up', () => {
    expect([1, 2, 3, 4].map(n => restartWaitMs(n, RESTART_RULES, 0.5))).to.deep.equal([250, 500, 1_000, 2_000]); // half of 500 · 2^(n−1)
    expect(restartWaitMs(4, RESTART_RULES, 0)).to.equal(0);
  });

  it('is under five seconds until it keeps failing, and then never under thirty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (n, chance) => {
          const waitMs = restartWaitMs(n, RESTART_RULES, chance);
          if (n < 5) expect(waitMs).to.be.within(0, 4_000);
          else expect(waitMs).to.be.within(30_000, 45_000);
        },
      ),
    );
  });
});
