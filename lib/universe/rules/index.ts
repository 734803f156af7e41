import { active } from './active.js';
import { baseCurrency } from './base-currency.js';
import { coverage } from './coverage.js';
import { dailyVolume } from './daily-volume.js';
import { exchangeListings } from './exchange-listings.js';
import { history } from './history.js';
import { marketCap } from './market-cap.js';
import { quoteCurrency } from './quote-currency.js';
import { spread } from './spread.js';
import { volatility } from './volatility.js';

/**
 * Every rule, in the order of evaluation and of reports. To add one, write its file and add it
 * here.
 */
export const declared = [
  active,
  quoteCurrency,
  baseCurrency,
  marketCap,
  dailyVolume,
  spread,
  exchangeListings,
  volatility,
  history,
  coverage,
] as const;
