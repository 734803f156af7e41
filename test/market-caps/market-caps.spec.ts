import { expect } from 'chai';
import { capsOf, marketCapOf, storedCaps, type MarketCap } from '../../lib/market-caps/market-caps.js';

const HOUR = 3_600_000;
const wanted = ['BTC', 'ETH', 'NEW'].map(base => ({ base, price: Number.NaN }));
const bitcoin = { id: 'bitcoin', symbol: 'BTC', name: 'Bitcoin', price: 6e4, marketCap: 1e12 };
const unknown = { id: 'ethereum', symbol: 'ETH', name: 'Ethereum', price: 3e3, marketCap: null };

describe('market capitalisations', () => {
  it('are those of the coins wanted, dated by when they were asked for', () => {
    const { at, caps, unmatched } = capsOf({ at: 5, coins: [bitcoin, unknown], rejected: 0 }, wanted);
    expect(at).to.equal(5);
    expect([...caps]).to.deep.equal([['BTC', { marketCap: 1e12, at: 5, id: 'bitcoin', name: 'Bitcoin' }]]);
    expect(unmatched).to.deep.equal([
      { base: 'NEW', reason: 'unknown', candidates: [] },
      { base: 'ETH', reason: 'no_cap', candidates: ['ethereum'] },
    ]);
  });

  it('are known until they are too old', () => {
    const state = capsOf({ at: 0, coins: [bitcoin], rejected: 0 }, wanted);
    expect(marketCapOf(state, 'BTC', 48 * HOUR, 48 * HOUR)).to.equal(1e12);
    expect(marketCapOf(state, 'BTC', 48 * HOUR + 1, 48 * HOUR)).to.be.NaN;
    expect(marketCapOf(state, 'ETH', 0, 48 * HOUR)).to.be.NaN;
  });

  it('come from the database after a start, as old as they are', () => {
    const stored: MarketCap = { marketCap: 7e9, at: -47 * HOUR, id: null, name: 'Bitcoin' };
    const state = storedCaps(new Map([['BTC', stored]]));
    expect(marketCapOf(state, 'BTC', HOUR, 48 * HOUR)).to.equal(7e9);
    expect(marketCapOf(state, 'BTC', 2 * HOUR, 48 * HOUR)).to.be.NaN; // 49 hours
    expect(marketCapOf(storedCaps(), 'BTC', 0, 48 * HOUR)).to.be.NaN;
  });
});
