import { expect } from 'chai';
import fc from 'fast-check';
import { logReturn } from '../../lib/cross-market/log-return.js';

describe('logReturn', () => {
  it('is the logarithm of the ratio, whether the return is small or not', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-8, max: 1e8, noNaN: true }),
        fc.double({ min: -0.9, max: 4, noNaN: true }),
        fc.constantFrom(1, 0.03, 0.005, 1e-6),
        (before, change, scale) => {
          const price = before * (1 + change * scale);
          // log1p of the change itself loses nothing where the ratio is near 1
          const wanted = Math.log1p((price - before) / before);
          expect(Math.abs(logReturn(before, price) - wanted)).to.be.at.most(1e-14 * Math.abs(wanted));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is 0 for the same price, and not known where a price is not', () => {
    expect(logReturn(3, 3)).to.equal(0);
    expect(logReturn(NaN, 3)).to.be.NaN;
  });
});
