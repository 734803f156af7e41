import type { Rule } from '../rule.js';

/** The exchange lets the market be traded. */
export const active: Rule = {
  name: 'active',
  fromCandles: false,
  judge: ({ live }) => live.active ?? 'unknown',
};
