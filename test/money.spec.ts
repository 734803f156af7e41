import { expect } from 'chai';
import fc from 'fast-check';
import { compareMoney, justUnder, lessMoney, sumMoney, toMoney } from '../lib/money.js';

const amount = fc.double({ noNaN: true, noDefaultInfinity: true });
/** As `numeric` prints what was stored with twelve decimals. */
const withZeros = (text: string) => (text.includes('.') ? `${text}000` : `${text}.000000000000`);

describe('money', () => {
  for (const [value, text] of [
    [0, '0'],
    [-0, '0'],
    [1.5, '1.5'],
    [-0.25, '-0.25'],
    [1.1466e-9, '0.0000000011466'],
    [-4.1e-13, '-0.00000000000041'],
    [67_123.5, '67123.5'],
    [1e16, '10000000000000000'],
    [1.25e21, '1250000000000000000000'],
    [-1e30, `-1${'0'.repeat(30)}`],
  ] as const)
    it(`writes ${Object.is(value, -0) ? '-0' : value} as ${text}`, () => {
      expect(toMoney(value)).to.equal(text);
    });

  it('means the very number that it was written from, in plain digits', () => {
    fc.assert(
      fc.property(amount, value => {
        const text = toMoney(value);
        expect(text).to.match(/^-?\d+(\.\d*[1-9])?$/);
        expect(Number(text)).to.equal(value === 0 ? 0 : value);
        expect(Number(toMoney(Number(text)))).to.equal(Number(text));
      }),
    );
  });

  for (const value of [NaN, Infinity, -Infinity])
    it(`refuses ${value}`, () => {
      expect(() => toMoney(value)).to.throw(RangeError, 'finite');
    });

  it('adds tenths without the rest that floating point leaves', () => {
    expect(0.1 + 0.2).not.to.equal(0.3);
    expect(sumMoney([toMoney(0.1), toMoney(0.2)])).to.equal('0.3');
    expect(sumMoney(['1e20', '0.000000000001', '-1e20'].map(text => toMoney(Number(text))))).to.equal('0.000000000001');
  });

  it('adds nothing to zero', () => {
    expect(sumMoney([])).to.equal('0');
  });

  it('sums in any order and any spelling, and what is taken off leaves nothing', () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 20 }), values => {
        const texts = values.map(toMoney);
        const sum = sumMoney(texts);
        expect(sumMoney(texts.toReversed().map(withZeros))).to.equal(sum);
        expect(lessMoney(sum, ...texts)).to.equal('0');
      }),
    );
  });

  it('compares as numbers, however they are written', () => {
    fc.assert(
      fc.property(amount, amount, (one, other) => {
        const expected = one < other ? -1 : Number(one > other);
        expect(compareMoney(withZeros(toMoney(one)), toMoney(other))).to.equal(expected);
        expect(compareMoney(toMoney(one), justUnder(toMoney(one)))).to.equal(1);
      }),
    );
  });

  it('refuses what is no number', () => {
    expect(() => sumMoney(['1,5'])).to.throw(SyntaxError, '"1,5" is no decimal number');
  });
});
