import type { FilteringSettings } from '../../lib/settings/settings.js';
import { RULES, type RuleName } from '../../lib/universe/catalogue.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';

/** Minutes between two refreshes. */
export const REFRESH = 15;

/** The same answer of every rule to what is not known. */
export const unknown = (says: 'pass' | 'fail') =>
  Object.fromEntries(RULES.map(rule => [rule, says])) as Record<RuleName, 'pass' | 'fail'>;

/** Filtering that lets everything pass that is known. */
export const filtering = (over: Partial<FilteringSettings> = {}): FilteringSettings => ({
  minMarketCap: 0,
  minDailyVolume: 0,
  maxSpread: 1,
  minExchangeListings: 0,
  maxVolatility: 1,
  allowedQuoteCurrencies: ['USD', 'BTC'],
  excludeBases: ['USDT'],
  minHistoryMs: 0,
  minCoverage: 0,
  refreshMs: REFRESH * MINUTE_MS,
  unknown: unknown('fail'),
  marketCapUrl: '',
  marketCapMaxAgeMs: 48 * HOUR_MS,
  listingExchanges: [],
  ...over,
});
