import { codeOf } from '../../kraken/currencies.js';

/** Assets whose id carries the prefix of the first years. */
const LEGACY = new Set([
  'ETC',
  'ETH',
  'LTC',
  'MLN',
  'REP',
  'XBT',
  'XDG',
  'XLM',
  'XMR',
  'XRP',
  'ZEC',
  'AUD',
  'CAD',
  'EUR',
  'GBP',
  'JPY',
  'USD',
]);
const STATES = new Set(['AUD', 'CAD', 'EUR', 'GBP', 'JPY', 'USD', 'CHF', 'AED']);

/**
 * Pairs of the first years, whose id joins the ids of their assets (`XXBTZUSD`); of all others it
 * is the altname.
 */
const LEGACY_PAIRS: Readonly<Record<string, string>> = {
  ETC: 'ETH XBT EUR USD',
  ETH: 'XBT CAD EUR GBP JPY USD',
  LTC: 'XBT EUR JPY USD',
  MLN: 'ETH XBT EUR USD',
  REP: 'ETH XBT EUR USD',
  XBT: 'CAD EUR GBP JPY USD USDQ USDR',
  XDG: 'XBT',
  XLM: 'XBT AUD EUR GBP USD',
  XMR: 'XBT EUR USD',
  XRP: 'XBT CAD EUR JPY USD',
  ZEC: 'XBT EUR USD',
  EUR: 'USD',
  GBP: 'USD',
  USD: 'CAD JPY',
  USDT: 'USD',
};

/** Kraken's names of an asset: BTC is XXBT (altname XBT), USD is ZUSD (altname USD), SOL is SOL. */
export interface AssetNames {
  readonly id: string;
  readonly altname: string;
}

/** Kraken's names of a pair: id XXBTZUSD, altname XBTUSD, wsname XBT/USD. */
export interface PairNames {
  readonly id: string;
  readonly altname: string;
  readonly wsname: string;
}

/** Whether a currency is fiat money. */
export const isFiat = (currency: string): boolean => STATES.has(currency);

/** Kraken's names of a currency, by its common code. */
export const assetNames = (currency: string): AssetNames => {
  const altname = codeOf(currency);
  if (!LEGACY.has(altname)) return { id: altname, altname };
  return { id: `${isFiat(altname) ? 'Z' : 'X'}${altname}`, altname };
};

/** Kraken's names of the pair of two currencies. */
export const pairNames = (base: string, quote: string): PairNames => {
  const [b, q] = [assetNames(base), assetNames(quote)];
  const altname = b.altname + q.altname;
  const isLegacy = Object.hasOwn(LEGACY_PAIRS, b.altname) && LEGACY_PAIRS[b.altname]!.split(' ').includes(q.altname);
  return { id: isLegacy ? b.id + q.id : altname, altname, wsname: `${b.altname}/${q.altname}` };
};
