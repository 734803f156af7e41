import type { Rule } from '../rule.js';

/** The base is neither a stablecoin nor fiat money. */
export const baseCurrency: Rule = {
  name: 'base_currency',
  fromCandles: true,
  judge: ({ market }, { excludeBases }) => !excludeBases.includes(market.base),
};
