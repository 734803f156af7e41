import { expect } from 'chai';
import { truthSoak } from './truth-soak.js';

describe('what a bot stores of an exchange whose candles are wrong in every way', function () {
  this.timeout(240_000);

  it('is what the market did, once all has settled (npm run soak -- --truth --hours 1 does so longer)', async () => {
    const { compared, differing, missing, revised, unconfirmed, struck } = await truthSoak({
      hours: 0.25,
      speed: 240,
      seed: 1,
    });
    expect(differing).to.deep.equal([]);
    expect(missing).to.deep.equal([]);
    expect(unconfirmed).to.equal(0);
    expect(compared).to.be.above(6 * 700);
    expect(revised).to.be.above(0);
    expect(Object.values(struck).filter(times => times > 0)).to.have.length.above(7); // kinds of faults, of 16
  });
});
