import { expect } from 'chai';
import { MIN_LOOKS, GONE_MS, Suspensions } from '../../lib/portfolio/suspension.js';
import { minute } from '../support/broker.js';

describe('a held market that cannot be traded', () => {
  it('is suspended at once, and given up after fifteen minutes without a look to the contrary', () => {
    expect([GONE_MS, MIN_LOOKS]).to.deep.equal([15 * 60_000, 3]);
    const suspensions = new Suspensions();
    expect(suspensions.look('AAA/USD', false, minute(0))).to.equal('suspended');
    expect(suspensions.look('AAA/USD', false, minute(5))).to.equal(null);
    expect([suspensions.since('AAA/USD'), suspensions.isGone('AAA/USD', minute(15))]).to.deep.equal([minute(0), false]); // two looks
    suspensions.look('AAA/USD', false, minute(14));
    expect(suspensions.isGone('AAA/USD', minute(15) - 1)).to.equal(false);
    expect(suspensions.isGone('AAA/USD', minute(15))).to.equal(true);
    expect(suspensions.isGone('BBB/USD', minute(15))).to.equal(false);
  });

  it('is none after one look that finds it tradable: a short maintenance sells nothing', () => {
    const suspensions = new Suspensions();
    for (let n = 0; n < 14; n++) suspensions.look('AAA/USD', false, minute(n));
    expect(suspensions.look('AAA/USD', true, minute(14))).to.equal('resumed');
    expect(suspensions.look('AAA/USD', true, minute(15))).to.equal(null);
    expect([suspensions.since('AAA/USD'), suspensions.any]).to.deep.equal([null, false]);
    suspensions.look('AAA/USD', false, minute(20));
    suspensions.look('AAA/USD', false, minute(21));
    suspensions.look('AAA/USD', false, minute(22));
    expect([suspensions.isGone('AAA/USD', minute(34)), suspensions.isGone('AAA/USD', minute(35))]).to.deep.equal([
      false,
      true,
    ]);
  });

  it('is forgotten once nothing is held of it', () => {
    const suspensions = new Suspensions();
    suspensions.look('AAA/USD', false, minute(0));
    suspensions.look('BBB/USD', false, minute(0));
    suspensions.keep(['BBB/USD']);
    expect([suspensions.since('AAA/USD'), suspensions.since('BBB/USD')]).to.deep.equal([null, minute(0)]);
  });
});
