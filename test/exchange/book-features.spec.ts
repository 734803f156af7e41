import { expect } from 'chai';
import fc from 'fast-check';
import { bookFeatures } from '../../lib/exchange/book-features.js';

type Levels = readonly (readonly [price: number, size: number])[];
const side = (levels: Levels) => levels.map(([price, size]) => ({ price, size }));
const featuresOf = (bids: Levels, asks: Levels, asked: number) =>
  bookFeatures({ bids: side(bids), asks: side(asks) }, asked);

describe('the features of an order book', () => {
  // middle 1,000: 10 bp are 1, 25 bp are 2.5, 50 bp are 5
  const bids: Levels = [[999.5, 2], [999, 1], [997, 4], [990, 8]]; // prettier-ignore
  const asks: Levels = [[1000.5, 1], [1003, 3], [1005, 2], [1010, 9]]; // prettier-ignore

  it('are its spread, the depth within 10, 25 and 50 basis points of the middle, and who offers more', () => {
    const found = featuresOf(bids, asks, 20);
    expect(found.spread).to.be.closeTo(1 / 1_000, 1e-15);
    expect(found.bidDepth10bp).to.equal(2 * 999.5 + 999); // 999 is exactly 10 bp away
    expect(found.bidDepth25bp).to.equal(2 * 999.5 + 999);
    expect(found.bidDepth50bp).to.equal(2 * 999.5 + 999 + 4 * 997);
    expect(found.askDepth10bp).to.equal(1000.5);
    expect(found.askDepth25bp).to.equal(1000.5);
    expect(found.askDepth50bp).to.equal(1000.5 + 3 * 1003 + 2 * 1005);
    expect(found.imbalance).to.be.closeTo((2998 - 1000.5) / (2998 + 1000.5), 1e-15);
  });

  it('are null where the levels that were asked for end before the distance, and not where the book itself ends', () => {
    const cut = featuresOf(bids.slice(0, 3), asks.slice(0, 3), 3); // to 30 bp below, to exactly 50 bp above
    expect(cut).to.include({ bidDepth25bp: 2998, bidDepth50bp: null, askDepth50bp: 1000.5 + 3009 + 2010 });
    expect(featuresOf(bids.slice(0, 3), asks.slice(0, 3), 4)).to.include({ bidDepth50bp: 2998 + 3988 });
    const narrow = featuresOf(bids.slice(0, 1), asks.slice(0, 1), 1); // 5 bp each
    expect(narrow).to.deep.include({ bidDepth10bp: null, askDepth10bp: null, imbalance: null });
    expect(narrow.spread).to.be.closeTo(0.001, 1e-15);
  });

  it('say 0 where nothing is offered near, and no imbalance of nothing', () => {
    const wide = featuresOf([[90, 1]], [[110, 1]], 20);
    expect(wide).to.include({ spread: 0.2, bidDepth50bp: 0, askDepth50bp: 0, imbalance: null });
  });

  it('are never NaN, grow with the distance and lie within -1 to 1', () => {
    const levels = fc.array(fc.tuple(fc.double({ min: 1e-9, max: 0.02, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true })), { minLength: 1, maxLength: 30 }); // prettier-ignore
    fc.assert(
      fc.property(levels, levels, fc.integer({ min: 1, max: 40 }), (below, above, asked) => {
        const sorted = (parts: [number, number][], way: 1 | -1): Levels =>
          [...parts]
            .sort(([a], [b]) => a - b)
            .slice(0, asked)
            .map(([distance, size]) => [100 * (1 + way * distance), size]);
        const found = featuresOf(sorted(below, -1), sorted(above, 1), asked);
        for (const value of Object.values(found)) expect(value === null || Number.isFinite(value)).to.equal(true);
        for (const name of ['bid', 'ask'] as const) {
          const depths = ([10, 25, 50] as const).map(bp => found[`${name}Depth${bp}bp`]);
          const known = depths.filter(depth => depth !== null);
          expect(known).to.deep.equal([...known].sort((a, b) => a - b));
          expect(depths.slice(known.length)).to.deep.equal(depths.slice(known.length).map(() => null)); // near ones first
        }
        if (found.imbalance !== null) expect(Math.abs(found.imbalance)).to.be.at.most(1);
      }),
    );
  });
});
