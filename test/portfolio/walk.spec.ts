import { expect } from 'chai';
import { depthOf, fillOf, sizeFor, walk, withinReach } from '../../lib/portfolio/walk.js';
import { bookOf } from '../support/book.js';

const book = bookOf(
  [
    [100, 2],
    [99, 3],
    [95, 4],
    [94.99, 50],
  ],
  [
    [101, 1],
    [102, 2],
    [106.05, 4],
    [106.06, 50],
  ],
);
const { bids, asks } = book as Extract<typeof book, { usable: true }>;

describe('a side of an order book', () => {
  it('reaches to 5 % from its best price, that price included: 101 · 1.05 = 106.05, 100 · 0.95 = 95', () => {
    expect(withinReach(asks).map(({ price }) => price)).to.deep.equal([101, 102, 106.05]);
    expect(withinReach(bids).map(({ price }) => price)).to.deep.equal([100, 99, 95]);
    expect(depthOf(withinReach(bids))).to.equal(9); // 2 + 3 + 4
    expect(withinReach([])).to.deep.equal([]);
  });

  it('gives its best price to an order that the best level holds, to the last one', () => {
    expect(walk(bids, 1.5)).to.deep.equal({ size: 1.5, price: 100, beyond: 0, levels: 1 });
    expect(walk(bids, 2)).to.deep.equal({ size: 2, price: 100, beyond: 0, levels: 1 });
  });

  it('gives the mean of the levels that an order needs', () => {
    // 4 = 1 · 101 + 2 · 102 + 1 · 106.05: beyond the best 2 · 1 + 1 · 5.05 = 7.05
    const walked = walk(asks, 4)!;
    expect(walked).to.include({ size: 4, levels: 3 });
    expect(walked.beyond).to.be.closeTo(7.05, 1e-12);
    expect(walked.price).to.be.closeTo((101 + 204 + 106.05) / 4, 1e-12);
    // 4 = 2 · 100 + 2 · 99: beyond 2 · 1, mean 100 − 2/4
    expect(walk(bids, 4)).to.deep.equal({ size: 4, price: 99.5, beyond: 2, levels: 2 });
  });

  it('gives what there is to an order that is larger', () => {
    // 2 · 100 + 3 · 99 + 4 · 95 = 877, over 9
    const walked = walk(withinReach(bids), 20)!;
    expect(walked).to.include({ size: 9, levels: 3, beyond: 23 }); // 3 · 1 + 4 · 5
    expect(walked.price).to.be.closeTo(877 / 9, 1e-12);
    expect(walk([], 1)).to.equal(null);
    expect(walk(bids, 0)).to.equal(null);
  });

  it('gives an order what those before it have left', () => {
    // 3 are gone: 2 at 100 and 1 at 99; the next 3 are 2 · 99 + 1 · 95, beyond the best 2 · 1 + 1 ·
    // 5
    expect(walk(bids, 3, 3)).to.deep.equal({ size: 3, price: 100 - 7 / 3, beyond: 7, levels: 2 });
    expect(walk(withinReach(bids), 3, 9)).to.equal(null);
  });

  it('knows the size that an amount buys', () => {
    expect(sizeFor(asks, 50.5)).to.equal(0.5); // 50.5 / 101
    expect(sizeFor(asks, 101 + 204)).to.equal(3); // exactly the first two levels
    expect(sizeFor(asks, 101 + 51)).to.equal(1.5); // 51 / 102
    expect(sizeFor(withinReach(asks), 101 + 204 + 4 * 106.05 + 0.01)).to.equal(null); // more than there is
  });

  it('splits what a fill cost into fee, half spread and slippage', () => {
    const { costs, price } = fillOf(walk(bids, 4)!, 4, { best: 100, middle: 100.5, takerFee: 0.004, rate: 2 });
    expect(price).to.equal(99.5);
    expect(costs.fee).to.be.closeTo(0.004 * 4 * 99.5 * 2, 1e-12);
    expect(costs.halfSpread).to.equal(4 * 0.5 * 2);
    expect(costs.slippage).to.equal(2 * 2); // 2 · (100 − 99), at 2 a unit
    // together: 4 at the middle are 402, less 4 · 99.5 = 398 got, is 4 in quote currency, 8 in the
    // portfolio's
    expect(costs.halfSpread + costs.slippage).to.equal(8);
  });
});
