import type { RuleName } from '../../settings/settings.js';
import type { Rule } from '../rule.js';
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

/** Every rule, in the order of `RULES`, in which they are judged. */
export const rules: readonly Rule[] = [
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
];

/** The rules that candles alone can answer. */
export const candleRules: readonly Rule[] = rules.filter(({ fromCandles }) => fromCandles);

/** The rules that need what candles do not tell: a backtest without stored verdicts cannot apply them and says so. */
export const rulesBeyondCandles: readonly RuleName[] = rules.filter(rule => !rule.fromCandles).map(({ name }) => name);
