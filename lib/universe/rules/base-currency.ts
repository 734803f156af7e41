import { list } from '../../settings/formats.js';
import { currencyCode, key } from '../../settings/key.js';
import { declareRule } from '../rule.js';

/**
 * Fiat money and coins pegged to it, in ccxt's names: their price does not trend, so momentum has
 * nothing to find.
 */
const PEGGED = (
  'USD EUR GBP AUD CAD CHF JPY AED ARS BRL MXN TRY ' +
  'USDT USDC DAI PYUSD TUSD RLUSD USDD USDE USDG USDP USDQ USDR USDS USD0 USD1 USDX FDUSD GUSD BUSD LUSD SUSD ' +
  'CRVUSD GHO FRAX USTC EURT EURC EURQ EURR EUROP EURI TGBP AUDX'
).split(' ');

/** The base is neither a stablecoin nor fiat money. */
export const baseCurrency = declareRule({
  name: 'base_currency',
  keys: {
    exclude_bases: key(
      PEGGED,
      list(currencyCode, { most: 1000 }),
      'currencies',
      'Never traded: fiat money and coins pegged to it.',
    ),
  },
  settings: ({ exclude_bases: excludeBases }) => ({ excludeBases }),
  fromCandles: true,
  judge: ({ market }, { excludeBases }) => !excludeBases.includes(market.base),
  doc: { passes: 'the base is not in `exclude_bases` (stablecoins, fiat)', unknown: 'never' },
});
