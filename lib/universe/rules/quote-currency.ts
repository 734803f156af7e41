import { list } from '../../settings/formats.js';
import { currencyCode, key } from '../../settings/key.js';
import { declareRule } from '../rule.js';

/**
 * The quote currency is allowed, and has a price in the portfolio's currency, without which no size
 * can be computed.
 */
export const quoteCurrency = declareRule({
  name: 'quote_currency',
  keys: {
    allowed_quote_currencies: key(
      ['USD', 'USDT', 'BTC'],
      list(currencyCode, { least: 1 }),
      'currencies',
      'Quote currencies of tradable markets.',
    ),
  },
  settings: ({ allowed_quote_currencies: allowedQuoteCurrencies }) => ({ allowedQuoteCurrencies }),
  fromCandles: true,
  judge: ({ market, priced }, { allowedQuoteCurrencies }) => priced && allowedQuoteCurrencies.includes(market.quote),
  doc: {
    passes: "quoted in one of `allowed_quote_currencies`, and that currency has a price in the portfolio's",
    unknown: 'never: without a price it fails',
  },
});
