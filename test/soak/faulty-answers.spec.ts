import { expect } from 'chai';
import { faultyAnswers } from './faulty-answers.js';

describe('an exchange that answers wrongly half of the time', function () {
  this.timeout(120_000);

  it('makes no bad candle, no opportunity and no fill on one (npm run soak -- --answers 10000 does so longer)', async () => {
    const { wrong, struck, counts, heap } = await faultyAnswers({ answers: 250, seed: 1, every: 50 });
    expect(wrong).to.deep.equal([]);
    expect(Object.values(struck).filter(times => times > 0)).to.have.length.above(25); // kinds of faults
    expect(counts.minutes).to.be.at.least(8 * 700);
    expect(counts.opportunities).to.be.above(0);
    expect(counts.entries).to.be.above(0);
    expect(counts.books).to.be.above(0);
    expect(counts.troubles).to.be.above(0);
    expect(counts.gaps).to.equal(0);
    expect(heap.at(-1)![1] - heap[0]![1]).to.be.below(5); // megabytes: the windows of indicators are still filling
  });
});
