import { expect } from 'chai';
import fc from 'fast-check';
import { TrailingSum } from '../../lib/indicators/trailing-sum.js';

/** The sums of a window after each of the values, the first at epoch minute `minute`, taken in by stretches. */
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

  it('forgets what a reset precedes, and minutes that are skipped count 0', () => {
    const sum = new TrailingSum(10);
    const one = Float64Array.of(1, 1, 1, 1);
    const out = new Float64Array(4);
    sum.advance(100, one, 0, 4, out); // minutes 100–103
    sum.advance(109, one, 0, 4, out); // minutes 109–112: the windows begin at 100, 101, 102, 103
    expect([...out]).to.deep.equal([5, 5, 5, 5]);
    sum.advance(140, one, 0, 4, out);
    expect([...out]).to.deep.equal([1, 2, 3, 4]);
    sum.reset();
    sum.advance(144, one, 0, 1, out);
    expect(out[0]).to.equal(1);
  });
});
