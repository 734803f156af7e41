import type { PublicRequests } from '../exchange/adapter.js';
import { readStatus, readTime } from './answers.js';
import { readBook } from './book.js';
import { currencyOf } from './currencies.js';
import { resultOf } from './envelope.js';
import { ROWS_COST } from './limits.js';
import { readMarkets } from './markets.js';
import { readOhlc } from './ohlc.js';
import { readTickers } from './tickers.js';
import { readTrades } from './trades.js';

/** Kraken's public requests. */
export const KRAKEN_REQUESTS: PublicRequests = {
  time: () => ({ call: 'publicGetTime', read: answer => readTime(resultOf(answer)) }),

  status: () => ({ call: 'publicGetSystemStatus', read: answer => readStatus(resultOf(answer)) }),

  markets: before => ({
    call: 'publicGetAssetPairs',
    read: answer => readMarkets(resultOf(answer), currencyOf, before),
  }),

  tickers: symbolOf => ({ call: 'publicGetTicker', read: answer => readTickers(resultOf(answer), symbolOf) }),

  candles: (market, range) => ({
    call: 'publicGetOHLC',
    // The answer may leave out the candle that opens at "since" itself.
    parameters: { pair: market.altname, interval: range.intervalMinutes, since: Math.ceil(range.since / 1_000) - 1 },
    cost: ROWS_COST,
    isLimitedByMarket: true,
    read: (answer, { now, sentAt }) => readOhlc(resultOf(answer), { ...range, pair: market, now, sentAt }),
  }),

  book: (market, depth, maxAgeMs) => ({
    call: 'publicGetDepth',
    parameters: { pair: market.altname, count: depth },
    cost: ROWS_COST,
    read: (answer, { now }) => readBook(resultOf(answer), market, now, maxAgeMs),
  }),

  trades: (market, sinceNs) => ({
    call: 'publicGetTrades',
    parameters: { pair: market.altname, since: sinceNs },
    cost: ROWS_COST,
    isLimitedByMarket: true,
    read: (answer, { now }) => readTrades(resultOf(answer), market, now),
  }),
};
