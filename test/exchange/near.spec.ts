import { expect } from 'chai';
import { nearSymbols } from '../../lib/exchange/near.js';

const LISTED = ['ADA/USD', 'BTC/EUR', 'BTC/USD', 'BTC/USDT', 'ETC/USD', 'ETH/USD', 'TBTC/USD'];

describe('symbols near one that is not listed', () => {
  it('are the same coin in other currencies first, then what is written alike', () => {
    expect(nearSymbols('BTC/USDD', LISTED)).to.deep.equal(['BTC/USD', 'BTC/USDT', 'BTC/EUR', 'ETC/USD', 'TBTC/USD']);
    expect(nearSymbols('ETG/USD', LISTED)).to.deep.equal(['ETC/USD', 'ETH/USD', 'BTC/USD']);
  });

  it('are none where nothing is alike', () => {
    expect(nearSymbols('SHIB/JPY', LISTED)).to.deep.equal([]);
  });
});
