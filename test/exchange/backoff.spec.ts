import { expect } from 'chai';
import fc from 'fast-check';
import { backoffMs, retryAfterMsOf } from '../../lib/exchange/backoff.js';

const RULES = { firstMs: 1_000, factor: 2, maxMs: 60_000 };

describe('the wait before trying again', () => {
  it('grows with every try, up to a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 50].map(tries => backoffMs(tries, RULES, 1) / 1_000)).to.deep.equal([
      1, 2, 4, 8, 16, 32, 60, 60,
    ]);
  });

  it('is drawn from the whole range, so that those who failed together do not come back together', () => {
    expect([0, 0.25, 0.5].map(chance => backoffMs(3, RULES, chance))).to.deep.equal([0, 2_000, 4_000]); // 8 s · chance
  });

  it('is never shorter than what the exchange asks for', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(900_000),
        (tries, chance, asked) => {
          expect(backoffMs(tries, RULES, chance, asked)).to.be.within(asked, asked + 60_000);
        },
      ),
    );
  });

  it('is read from the header that asks for it, and is believed up to an hour', () => {
    expect(['5', ' 120 ', '99999', '-1', 'soon', '', undefined, 5].map(retryAfterMsOf)).to.deep.equal([
      5_000,
      120_000,
      3_600_000,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});
