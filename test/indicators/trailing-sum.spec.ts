import { expect } from 'chai';
import fc from 'fast-check';
import { TrailingSum } from '../../lib/indicators/trailing-sum.js';

/**
 * The sums of a window after each of the values, the first at epoch minute `minute`, taken in by
 * stretches.
 */
const sums = (window: number, minute: number, values: readonly number[], cuts: readonly number[] = []): number[] => {
  const sum = new TrailingSum(window);
  const column = Float64Array.from(values);
  const edges = [0, ...cuts.filter(cut => cut < values.length).sort((a, b) => a - b), values.length];
  for (const [n, to] of edges.slice(1).entries()) sum.advance(minute + edges[n]!, column, edges[n]!, to, column);
  return [...column];
};

const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 80 });

describe('TrailingSum', () => {
  it('sums the last minutes, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(100),
        values,
        fc.array(fc.nat(79)),
        (window, minute, all, cuts) => {
          expect(sums(window, minute, all, cuts)).to.deep.equal(
            all.map((_, i) => all.slice(Math.max(0, i + 1 - window), i + 1).reduce((sum, value) => sum + value, 0)),
          );
        },
      ),
    );
  });

  it('gives the same bits wherever the series began, once the window is full', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(100),
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 41, maxLength: 80 }),
        fc.nat(20),
        (window, minute, all, skipped) => {
          expect(sums(window, minute + skipped, all.slice(skipped)).slice(window - 1)).to.deep.equal(
            sums(window, minute, all).slice(skipped + window - 1),
          );
        },
      ),
    );
  });

  it('forgets what a reset precedes', () => {
    for (const minute of [100, 104, 109, 110, 120]) {
      const sum = new TrailingSum(10);
      const column = new Float64Array(30).fill(1);
      sum.advance(93, column, 0, 11, column); // up to minute 103
      sum.reset();
      sum.advance(minute, column, 11, 30, column);
      // 19 minutes: 1 to 10, then the window is full
      expect([...column.slice(11)], `from minute ${minute}`).to.deep.equal([
        ...Array.from({ length: 9 }, (_, i) => i + 1),
        ...Array<number>(10).fill(10),
      ]);
    }
  });
});
