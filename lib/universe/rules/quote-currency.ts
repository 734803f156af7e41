import type { Rule } from '../rule.js';

/** The quote currency is allowed, and has a price in the portfolio's currency: without one no size can be reckoned. */
export const quoteCurrency: Rule = {
  name: 'quote_currency',
  fromCandles: true,
  judge: ({ market, priced }, { allowedQuoteCurrencies }) => priced && allowedQuoteCurrencies.includes(market.quote),
};
