import { expect } from 'chai';
import type { ExchangeMarket, MarketStatus } from '../../lib/exchange/ports.js';
import { TradingStatus } from '../../lib/exchange/trading-status.js';
import { marketOf } from '../../lib/market.js';
import { minute } from '../support/broker.js';

const listed = (name: string, status: MarketStatus = 'online'): ExchangeMarket => ({
  ...marketOf(`${name}/USD`),
  id: name,
  altname: name,
  status,
  tick: null,
  takerFee: null,
});
const standingOf = (...markets: ExchangeMarket[]) => {
  const standing = new TradingStatus();
  standing.take(markets);
  return standing;
};
const says = (standing: TradingStatus, name: string) =>
  [standing.canBuy(`${name}/USD`), standing.canSell(`${name}/USD`), standing.isClosed(`${name}/USD`)]
    .map(Number)
    .join('');

describe('how markets stand', () => {
  it('lets all be traded before the first list', () => expect(says(new TradingStatus(), 'AAA')).to.equal('110'));

  it('is by their status: bought where online, sold where a sale is taken', () => {
    const statuses = ['online', 'limit_only', 'reduce_only', 'post_only', 'cancel_only', 'delisted'] as const;
    const standing = standingOf(
      ...statuses.map(status => listed(status.toUpperCase(), status)),
      ...Array.from({ length: 9 }, (_, i) => listed(`B${i}`)),
    );
    expect(statuses.map(status => says(standing, status.toUpperCase()))).to.deep.equal(
      ['110', '010', '010', '001', '001', '001'], // to buy, to sell, closed
    );
    expect(says(standing, 'NOWHERE')).to.equal('001');
    expect(
      ['ONLINE', 'CANCEL_ONLY', 'DELISTED', 'NOWHERE'].map(name => standing.isListed(`${name}/USD`)),
    ).to.deep.equal([true, true, false, false]);
  });

  it('calls no market closed while most of the exchange pauses, and trades on none that does', () => {
    const standing = standingOf(listed('AAA', 'cancel_only'), listed('BBB', 'cancel_only'), listed('CCC'));
    expect([says(standing, 'AAA'), says(standing, 'CCC')]).to.deep.equal(['000', '110']);
    standing.take([listed('AAA', 'cancel_only'), listed('BBB'), listed('CCC')]);
    expect(says(standing, 'AAA')).to.equal('001');
  });

  it('is asked for every fifteen minutes, and every three while a market is in doubt', () => {
    const standing = new TradingStatus();
    expect(standing.isDue(minute(0), false)).to.equal(true);
    standing.asked(minute(0));
    expect([14, 15].map(n => standing.isDue(minute(n), false))).to.deep.equal([false, true]);
    expect([2, 3].map(n => standing.isDue(minute(n), true))).to.deep.equal([false, true]);
  });
});
