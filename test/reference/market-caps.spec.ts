import { expect } from 'chai';
import { capsOf, storedCaps, type MarketCap } from '../../lib/reference/market-caps.js';

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

  it('come from the database after a start, as old as they are', () => {
    const stored: MarketCap = { marketCap: 7e9, at: -47 * HOUR, id: null, name: 'Bitcoin' };
    expect(storedCaps(new Map([['BTC', stored]])).caps.get('BTC')).to.deep.equal(stored);
    expect(storedCaps().caps.size).to.equal(0);
  });
});
