import { expect } from 'chai';
import fc from 'fast-check';
import { testedIn, trainsFrom, walkForward } from '../../lib/training/folds.js';
import { MINUTE_MS } from '../../lib/units.js';
import { START, minute } from '../support/broker.js';

describe('a walk-forward', () => {
  it('tests each stretch but the first, and trains with what was known an embargo before', () => {
    // 60 minutes in 3 stretches of 20; labels have to be known 5 minutes before a test.
    const folds = walkForward(START, minute(60), 2, 5 * MINUTE_MS);
    expect(folds).to.deep.equal([
      { fold: 1, trainUntil: minute(15), testFrom: minute(20), testTo: minute(40) },
      { fold: 2, trainUntil: minute(35), testFrom: minute(40), testTo: minute(60) },
    ]);
    expect([0, 19, 20, 39, 40, 59].map(n => testedIn(folds, minute(n)))).to.deep.equal([0, 0, 1, 1, 2, 2]);
    expect([15, 16, 35, 36].map(n => trainsFrom(folds, minute(n)))).to.deep.equal([1, 2, 2, NaN]);
    expect(trainsFrom(folds, NaN), 'no label').to.be.NaN;
  });

  it('never trains a fold with a row of its own test or later, nor with a label of the embargo, whatever the period', () => {
    const shapes = fc.record({
      minutes: fc.integer({ min: 2, max: 5_000 }),
      count: fc.integer({ min: 1, max: 20 }),
      embargo: fc.integer({ min: 0, max: 300 }),
      row: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      label: fc.integer({ min: 1, max: 300 }),
    });
    fc.assert(
      fc.property(shapes, ({ minutes, count, embargo, row, label }) => {
        fc.pre(minutes > count);
        const folds = walkForward(START, minute(minutes), count, embargo * MINUTE_MS);
        expect(folds.map(({ testTo }) => testTo)).to.deep.equal([
          ...folds.slice(1).map(({ testFrom }) => testFrom),
          minute(minutes),
        ]);
        const at = minute(Math.floor(row * minutes));
        const available = at + (1 + label) * MINUTE_MS;
        const first = trainsFrom(folds, available);
        for (const { fold, testFrom, testTo } of folds) {
          const trained = first <= fold;
          expect(trained).to.equal(available + embargo * MINUTE_MS <= testFrom);
          if (trained) expect(at).to.be.lessThan(testFrom);
          expect(testedIn(folds, at) === fold).to.equal(at >= testFrom && at < testTo);
        }
      }),
    );
  });
});
