import type { Facts } from '../../../bin/run/facts.js';
import type { ExchangeMarket, Ticker } from '../../../lib/exchange/ports.js';
import { marketOf } from '../../../lib/market.js';

/** A market as the exchange lists it. */
export const listed = (symbol: string, over: Partial<ExchangeMarket> = {}): ExchangeMarket => ({
  ...marketOf(symbol),
  ...{ id: symbol, altname: symbol, status: 'online', tick: null, takerFee: null },
  ...over,
});

/** A day on which a market of 100 a piece turned over 10 million. */
export const ticker = (over: Partial<Ticker> = {}): Ticker => ({
  ...{ bid: 99.9, ask: 100.1, last: 100, volume24h: 100_000, vwap24h: 100 },
  ...over,
});

/** Lets facts know markets and their tickers. */
export const tell = (
  facts: Facts,
  markets: readonly ExchangeMarket[],
  tickers: Readonly<Record<string, Ticker>>,
): void => {
  facts.takeTickers({ tickers: new Map(Object.entries(tickers)), rejected: [] });
  facts.takeMarkets({ markets, skipped: [] });
};
