import type { Settings } from '../../lib/settings/settings.js';
import { unprotected } from '../support/protections.js';
import { MINUTE_MS } from '../../lib/units.js';

/** The groups of settings that decide what a backtest does. */
export type Traded = Pick<Settings, 'filtering' | 'indicators' | 'strategy' | 'risk' | 'portfolio' | 'costs'>;

/**
 * The documented defaults of the groups that matter, except that no rule of the universe and no
 * cost is in the way.
 */
export const plain: Traded = {
  filtering: {
    minMarketCap: 0,
    minDailyVolume: 0,
    maxSpread: 1,
    minExchangeListings: 0,
    maxVolatility: 1_000,
    allowedQuoteCurrencies: ['USD', 'EUR', 'BTC'],
    excludeBases: ['USDT'],
    minHistoryMs: 0,
    minCoverage: 0,
    refreshMs: 15 * MINUTE_MS,
    unknown: {
      active: 'pass',
      quote_currency: 'pass',
      base_currency: 'pass',
      market_cap: 'pass',
      daily_volume: 'pass',
      spread: 'pass',
      exchange_listings: 'pass',
      volatility: 'pass',
      history: 'pass',
      coverage: 'pass',
    },
    marketCapUrl: 'https://api.coingecko.com/api/v3',
    marketCapMaxAgeMs: 48 * 60 * MINUTE_MS,
    listingExchanges: ['kraken'],
  },
  indicators: {
    rsi: { period: 14 },
    macd: { fast: 12, slow: 26, signal: 9 },
    roc: { periods: [1, 5, 15] },
    adx: { period: 14 },
    atr: { period: 14 },
    volume: { period: 10 },
    bollinger: { period: 20, deviations: 2 },
    timeframes: [5, 15],
  },
  strategy: {
    rsi: { overbought: 70, oversold: 30 },
    rocThresholds: [0.5, 1, 2],
    volumeFactor: 1.5,
    trend: { required: true, minAdx: 25, timeframes: [5, 15] },
  },
  risk: {
    maxPositionSize: 0.1,
    riskPerTrade: null,
    stopLoss: 0.05,
    takeProfitLevels: [],
    atrStop: { multiple: null },
    breakEven: { activation: null, offset: 0 },
    trailingStop: { activation: 0.5, offset: 0.1 },
    maxHoldingMs: null,
    maxOpenPositions: 5,
    cooldownMs: 15 * MINUTE_MS,
    maxOpportunityAgeMs: 90_000,
    protections: unprotected,
  },
  portfolio: { initialBalance: 10_000, currency: 'USD' },
  costs: { takerFee: 0, spread: 0, slippage: 0 },
};

/** Whole settings around the groups that matter. */
export const settingsWith = (traded: Partial<Traded>): Settings => ({
  strategies: [{ name: 'momentum', use: 'momentum', wallet: 'main', parameters: {}, risk: {}, own: null }],
  exchange: { name: 'kraken', url: null, clockSpeed: 1, rateLimitRetries: 5, backoffFactor: 2, timeoutMs: 10_000 },
  data: { maxQuietMinutes: 240, maxJump: 0.5, archiveDir: null },
  labels: { horizonsMinutes: [5, 15, 60, 240], maxHoldingMinutes: 240 },
  application: {
    opportunityScanIntervalMs: MINUTE_MS,
    positionCheckIntervalMs: 5_000,
    snapshotIntervalMs: 5 * MINUTE_MS,
    loggingLevel: 'INFO',
    marketDataStorageDays: 365,
  },
  database: { connectionString: 'embedded', poolSize: 5, maxOverflow: 10, dataDir: '.data' },
  ...plain,
  ...traded,
});
