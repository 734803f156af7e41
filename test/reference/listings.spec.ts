import { expect } from 'chai';
import { dueExchanges, listingsOf, mergeListings, readBases, type Listings } from '../../lib/reference/listings.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const listing = (at: number, ...bases: readonly string[]) => ({ at, bases: new Set(bases) });

describe('what is listed on an exchange', () => {
  it('are the bases of its spot markets that are not closed', () => {
    const market = { spot: true, active: true, base: 'BTC' };
    const markets = [
      market,
      { ...market, quote: 'EUR' },
      { ...market, base: 'ETH', active: undefined },
      { ...market, base: 'OLD', active: false },
      { ...market, base: 'PERP', spot: false },
      { ...market, base: 'ODD', spot: 'true' },
    ];
    expect([...readBases(markets)]).to.deep.equal(['BTC', 'ETH']);
  });

  it('is nothing where nothing can be read', () => {
    const hostile = ['btc', 'B TC', 'B\u001b', '', 'B'.repeat(21), null, 7, {}].map(base => ({ spot: true, base }));
    for (const markets of [undefined, null, {}, 'markets', [null, 7, []], hostile])
      expect(readBases(markets).size).to.equal(0);
  });
});

describe('the number of listings', () => {
  const exchanges = ['a', 'b', 'c', 'd'];
  const all = new Map([
    ['a', listing(0, 'BTC', 'ETH')],
    ['b', listing(0, 'BTC', 'ETH')],
    ['c', listing(0, 'BTC')],
    ['d', listing(0, 'XRP')],
  ]);
  const count = (listings: Listings, base: string, now = 0, least = 3, asked = exchanges) =>
    listingsOf(listings, base, { exchanges: asked, least, now });

  it('counts the exchanges that have the coin', () => {
    expect(['BTC', 'ETH', 'XRP', 'NEW'].map(base => count(all, base))).to.deep.equal([3, 2, 1, 0]);
    expect(count(all, 'BTC', 0, 1, ['a', 'a', 'd'])).to.equal(1);
  });

  it('is known without an exchange that failed if the others are enough, and else unknown', () => {
    const some = new Map([...all].filter(([name]) => name !== 'd'));
    expect(count(some, 'BTC')).to.equal(3);
    expect(count(some, 'ETH')).to.be.NaN; // 2 of 3, or 3 of 4
    expect(count(new Map(), 'BTC')).to.be.NaN;
    expect(count(new Map(), 'BTC', 0, 0)).to.equal(0);
    expect(count(new Map(), 'BTC', 0, 1, [])).to.equal(0);
  });

  it('counts an answer for three days', () => {
    const fresh = new Map(all).set('a', listing(DAY, 'BTC', 'ETH'));
    expect(count(fresh, 'BTC', 3 * DAY)).to.equal(3);
    expect(count(fresh, 'BTC', 3 * DAY + 1)).to.be.NaN;
    expect(count(fresh, 'BTC', 3 * DAY + 1, 1)).to.equal(1);
  });

  it('keeps the earlier answer of an exchange that fails now', () => {
    const after = mergeListings(all, [
      { exchange: 'a', failure: 'away' },
      { exchange: 'b', at: 5, bases: new Set(['SOL']) },
    ]);
    expect(after.get('a')).to.deep.equal(listing(0, 'BTC', 'ETH'));
    expect([...after.get('b')!.bases]).to.deep.equal(['SOL']);
    expect(all.get('b')!.at).to.equal(0);
  });

  it('is asked for where there is no answer, or one of yesterday', () => {
    const listings: Listings = new Map([
      ['a', listing(0)],
      ['b', listing(HOUR)],
    ]);
    expect(dueExchanges(listings, exchanges, DAY, DAY)).to.deep.equal(['a', 'c', 'd']);
    expect(dueExchanges(listings, exchanges, DAY - 1, DAY)).to.deep.equal(['c', 'd']);
  });
});
