import { emptyDirectory, learn, type Directory } from '../../lib/market-data/directory.js';
import type { ExchangeMarket, Ticker } from '../../lib/exchange/ports.js';
import { marketOf } from '../../lib/market.js';

/** A market as the exchange lists it. */
export const listed = (symbol: string, over: Partial<ExchangeMarket> = {}): ExchangeMarket => ({
  ...marketOf(symbol),
  id: symbol,
  altname: symbol,
  status: 'online',
  tick: null,
  takerFee: null,
  ...over,
});

/** A day on which a market of 100 a piece turned over 10 million. */
export const ticker = (over: Partial<Ticker> = {}): Ticker => ({
  bid: 99.9,
  ask: 100.1,
  last: 100,
  volume24h: 100_000,
  vwap24h: 100,
  ...over,
});

/** A simulated exchange's directory since the epoch. */
export const NOTHING_LISTED = emptyDirectory({ since: 0, exchange: 'kraken', isSimulated: true });

/** The directory with these markets and their tickers. */
export const directoryOf = (
  markets: readonly ExchangeMarket[],
  tickers: Readonly<Record<string, Ticker>>,
  before: Directory = NOTHING_LISTED,
): Directory => {
  const priced = learn(before, {
    kind: 'tickers',
    answer: { tickers: new Map(Object.entries(tickers)), rejected: [] },
  });
  return learn(priced, { kind: 'markets', answer: { markets, skipped: [] }, at: 0 });
};
