import type { CandleHistory } from '../exchange/candle-history.js';
import type { RequestLimits } from '../exchange/request-budget.js';

/**
 * Kraken allows about one public request a second and address, and fewer for the rows of one
 * market. 60 s / 1.2 s are 50 requests for rows; ten a minute are left for books, tickers and the
 * others.
 */
export const KRAKEN_LIMITS: RequestLimits = { intervalMs: 1_000, pairIntervalMs: 3_000, candlesPerMinute: 40 };

/** The cost of a request for rows of one market, as ccxt counts it. */
export const ROWS_COST = 1.2;

/** Kraken serves the latest 720 candles of each interval. */
export const KRAKEN_HISTORY: CandleHistory = {
  candlesBack: 720,
  timeframes: [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600],
  settleMs: 2_000,
};
