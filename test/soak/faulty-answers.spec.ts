import { expect } from 'chai';
import { faultyAnswers } from './faulty-answers.js';

describe('an exchange that answers wrongly half of the time', function () {
  this.timeout(120_000);

  it('makes no bad candle and no opportunity on one (npm run soak -- --answers 10000 does so longer)', async () => {
    const { wrong, struck, minutes, opportunities, troubles, gaps } = await faultyAnswers(120, 1);
    expect(wrong).to.deep.equal([]);
    expect(Object.values(struck).filter(times => times > 0)).to.have.length.above(25); // kinds of faults
    expect(minutes).to.be.at.least(8 * 700);
    expect(opportunities).to.be.above(0);
    expect(troubles).to.be.above(0);
    expect(gaps).to.equal(0);
  });
});
