import { RULES, type RuleName } from '../../settings/settings.js';
import type { Rule } from '../rule.js';
import { baseCurrency } from './base-currency.js';
import { dailyVolume } from './daily-volume.js';
import { history } from './history.js';
import { quoteCurrency } from './quote-currency.js';
import { volatility } from './volatility.js';

/** The rules that candles alone can answer, in the order in which they are judged. */
export const candleRules: readonly Rule[] = [quoteCurrency, baseCurrency, dailyVolume, volatility, history];

/** The rules that need what candles do not tell: a backtest without stored verdicts cannot apply them and says so. */
export const rulesBeyondCandles: readonly RuleName[] = RULES.filter(
  name => !candleRules.some(rule => rule.name === name),
);
