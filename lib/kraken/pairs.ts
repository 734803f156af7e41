import { isKnownCode, OLD_QUOTE_CODES, QUOTE_CODES } from './assets.js';
import { currencyNamed, currencyOf, isLegacyId, shortNameOf } from './currencies.js';

const BASE = /^[A-Z0-9]+(\.[A-Z0-9]+)?$/;
const QUOTE = /^[A-Z0-9]+$/;

/**
 * The quotes that may end a name without a separator, longest first, so that USDT is not taken for
 * USD.
 */
const QUOTES = [...QUOTE_CODES, 'BTC'].sort((a, b) => b.length - a.length);
const LEGACY_QUOTES = [
  'ZUSD',
  'ZEUR',
  'ZGBP',
  'ZJPY',
  'ZCAD',
  'ZAUD',
  'XXBT',
  'XETH',
  ...OLD_QUOTE_CODES.map(code => `X${code}`),
];
/** The only newer code that Kraken pairs with an old one (`USDTZUSD`). */
const NEW_BASE_OF_LEGACY_QUOTES = 'USDT';
const BASES_OF_OLD_QUOTES = new Set(['XBT', 'EUR', 'USD']);
/** A shorter base was more likely cut off by a long quote: SPYUSD is SPY/USD and not S/PYUSD. */
const SHORTEST_BASE_OF_COMPOUNDS = 3;

const symbolFor = (base: string, quote: string): string | null => (base === quote ? null : `${base}/${quote}`);

/**
 * Whether `quote` ends the name by chance: it contains another quote, which is used instead unless
 * only the longer one leaves a known coin. ADAUSD is ADA/USD, XBTAUSD is BTC/AUSD.
 */
const isChance = (name: string, base: string, quote: string): boolean => {
  const inner = QUOTES.find(other => other !== quote && quote.endsWith(other));
  return (
    inner !== undefined &&
    (base.length < SHORTEST_BASE_OF_COMPOUNDS ||
      !isKnownCode(shortNameOf(base)) ||
      isKnownCode(shortNameOf(name.slice(0, -inner.length))))
  );
};

const splitsOf = function* (name: string): Iterable<readonly [base: string, quote: string]> {
  const before = (quote: string): string => (name.endsWith(quote) ? name.slice(0, -quote.length) : '');
  for (const quote of LEGACY_QUOTES) {
    const base = before(quote);
    if (isLegacyId(base) || base === NEW_BASE_OF_LEGACY_QUOTES) yield [base, quote];
  }
  for (const quote of QUOTES) {
    const base = before(quote);
    if (BASE.test(base) && !isChance(name, base, quote)) yield [base, quote];
  }
  for (const quote of OLD_QUOTE_CODES) if (BASES_OF_OLD_QUOTES.has(before(quote))) yield [before(quote), quote];
};

/**
 * The symbol (`BTC/USD`) behind any of Kraken's names of a pair: id `XXBTZUSD`, altname `XBTUSD`,
 * wsname `XBT/USD`; also what users write: `btc/usd`, `BTC-USD`. Null if no quote currency of
 * Kraken's ends the name, and for a dark pool (`XBTUSD.d`). Names without a separator are split at
 * their quote: new listings need no list.
 */
export const symbolOf = (name: string): string | null => {
  const upper = name.trim().toUpperCase();
  const parts = upper.split(/[/-]/);
  if (parts.length === 2) {
    const [base, quote] = parts as [string, string];
    return BASE.test(base) && QUOTE.test(quote) ? symbolFor(currencyNamed(base), currencyNamed(quote)) : null;
  }
  if (parts.length > 2) return null;
  for (const [base, quote] of splitsOf(upper)) return symbolFor(currencyOf(base), currencyOf(quote));
  return null;
};
