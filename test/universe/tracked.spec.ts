import { expect } from 'chai';
import type { ExchangeMarket, MarketStatus, Ticker } from '../../lib/exchange/ports.js';
import { marketOf } from '../../lib/market.js';
import { trackedMarkets, volumeInUsd, worthIn } from '../../lib/universe/tracked.js';

const listed = (symbol: string, status: MarketStatus = 'online'): ExchangeMarket => ({
  ...marketOf(symbol),
  id: symbol,
  altname: symbol,
  status,
  tick: null,
  takerFee: null,
});
const ticker = (last: number, volume24h: number | null, vwap24h: number | null = last): Ticker => ({
  bid: null,
  ask: null,
  last,
  volume24h,
  vwap24h,
});

const MARKETS = ['BTC/USD', 'ETH/USD', 'ETH/BTC', 'MINA/USD', 'USDT/USD', 'SOL/EUR'].map(symbol => listed(symbol));
const TICKERS = new Map([
  ['BTC/USD', ticker(50_000, 1_000)], // 50 million USD
  ['ETH/USD', ticker(2_500, 20_000)], // 50 million
  ['ETH/BTC', ticker(0.05, 1_000)], // 50 BTC, which are 2.5 million
  ['MINA/USD', ticker(0.5, 1_000_000)], // half a million
  ['USDT/USD', ticker(1, 90_000_000)],
  ['SOL/EUR', ticker(100, 900_000)],
]);
const filtering = { allowedQuoteCurrencies: ['USD', 'BTC'], excludeBases: ['USDT'], minDailyVolume: 5e6 };
const choose = (more: Partial<Parameters<typeof trackedMarkets>[0]> = {}) =>
  trackedMarkets({ markets: MARKETS, tickers: TICKERS, filtering, currency: 'USD', kept: [], ...more });

describe('trackedMarkets', () => {
  it('follows what trades at least half of the least volume, in an allowed currency, and is no excluded coin', () => {
    expect(choose().traded).to.deep.equal(['BTC/USD', 'ETH/BTC', 'ETH/USD']);
  });

  it('follows what is held or was followed before, whatever its volume is now, as long as it is listed', () => {
    expect(choose({ kept: ['MINA/USD', 'GONE/USD'] }).traded).to.deep.equal([
      'BTC/USD',
      'ETH/BTC',
      'ETH/USD',
      'MINA/USD',
    ]);
  });

  it('leaves out markets that are not open for trading, and those that are gone even if they are held', () => {
    const markets = [listed('BTC/USD', 'cancel_only'), listed('ETH/USD', 'delisted')];
    expect(choose({ markets, kept: ['BTC/USD', 'ETH/USD'] }).traded).to.deep.equal(['BTC/USD']);
    expect(choose({ markets }).traded).to.deep.equal([]);
  });

  it('follows besides what converts the currencies, and bitcoin, for their prices alone', () => {
    const some = { ...filtering, allowedQuoteCurrencies: ['BTC'] };
    expect(choose({ filtering: some })).to.deep.equal({ traded: ['ETH/BTC'], auxiliary: ['BTC/USD'] });
    const none = { ...filtering, minDailyVolume: 1e12 };
    expect(choose({ filtering: none })).to.deep.equal({ traded: [], auxiliary: ['BTC/USD'] });
  });
});

describe('volumeInUsd', () => {
  it('converts at the last price, in either direction, and does not know what has no route', () => {
    expect(worthIn(TICKERS, 'BTC', 'USD')).to.equal(50_000);
    expect(worthIn(TICKERS, 'USD', 'BTC')).to.equal(1 / 50_000);
    expect(volumeInUsd(marketOf('ETH/BTC'), TICKERS)).to.be.closeTo(0.05 * 1_000 * 50_000, 1e-6);
    expect(volumeInUsd(marketOf('SOL/EUR'), TICKERS)).to.be.NaN;
  });

  it('is 0 where nothing was traded and not known where the exchange does not tell', () => {
    const tickers = new Map([
      ['A/USD', ticker(1, 0, null)],
      ['B/USD', ticker(1, null)],
    ]);
    expect(volumeInUsd(marketOf('A/USD'), tickers)).to.equal(0);
    expect(volumeInUsd(marketOf('B/USD'), tickers)).to.be.NaN;
    expect(volumeInUsd(marketOf('C/USD'), tickers)).to.be.NaN;
  });
});
