import { expect } from 'chai';
import fc from 'fast-check';
import { countToText, sumMoney, textToCount, toCount, toMoney } from '../lib/money.js';

describe('money', () => {
  for (const [value, text] of [
    [0, '0.000000000000'],
    [-0, '0.000000000000'],
    [1.5, '1.500000000000'],
    [-0.25, '-0.250000000000'],
    [1e-8, '0.000000010000'],
    [1e-13, '0.000000000000'],
    [-4e-13, '0.000000000000'],
    [-6e-13, '-0.000000000001'],
    [67_123.5, '67123.500000000000'],
  ] as const)
    it(`writes ${Object.is(value, -0) ? '-0' : value} as ${text}`, () => {
      expect(toMoney(value)).to.equal(text);
    });

  it('adds tenths without the rest that floating point leaves', () => {
    expect(0.1 + 0.2).not.to.equal(0.3);
    expect(sumMoney([toMoney(0.1), toMoney(0.2)])).to.equal(toMoney(0.3));
  });

  it('adds nothing to zero', () => {
    expect(sumMoney([])).to.equal('0.000000000000');
  });

  for (const value of [NaN, Infinity, -Infinity, 1e16])
    it(`refuses ${value}`, () => {
      expect(() => toMoney(value)).to.throw(RangeError, 'finite');
    });

  it('keeps a percentage to six places', () => {
    expect(countToText(toCount(100 / 3, 6), 6)).to.equal('33.333333');
  });

  it('gives the same count back from text, and sums in any order', () => {
    const amounts = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(amounts, values => {
        const texts = values.map(toMoney);
        expect(texts.map(text => countToText(textToCount(text)))).to.deep.equal(texts);
        expect(sumMoney(texts)).to.equal(sumMoney(texts.toReversed()));
        expect(textToCount(sumMoney(texts))).to.equal(values.reduce((sum, value) => sum + toCount(value), 0n));
      }),
    );
  });
});
