/** Kraken's own names of two currencies; everything else is called there as it is elsewhere. */
const RENAMED: Readonly<Record<string, string>> = { XBT: 'BTC', XDG: 'DOGE' };
/**
 * Coins that kept their code at Kraken when others renamed them, as ccxt has them. Only in names that are written in one
 * word: who writes LUNA/USD means what everybody calls LUNA.
 */
const KEPT: Readonly<Record<string, string>> = { LUNA: 'LUNC', LUNA2: 'LUNA', REPV2: 'REP', UST: 'USTC' };

/** Codes of the first years: `X` before a coin, `Z` before a state's currency. A closed set: XTZ, ZRX and ZEUS are no such codes. */
const LEGACY_BASES = [
  ...['XETC', 'XETH', 'XICN', 'XLTC', 'XMLN', 'XREP', 'XXBT', 'XXDG', 'XXLM', 'XXMR', 'XXRP', 'XZEC'],
  ...['ZAUD', 'ZCAD', 'ZEUR', 'ZGBP', 'ZJPY', 'ZUSD'],
];
const LEGACY_QUOTES = ['XETH', 'XXBT', 'ZAUD', 'ZCAD', 'ZEUR', 'ZGBP', 'ZJPY', 'ZUSD'];
/** The only newer code that Kraken pairs with an old one (`USDTZUSD`). */
const BASES_OF_LEGACY_QUOTES = new Set([...LEGACY_BASES, 'USDT']);

/** What Kraken quotes in, longest first, so that USDT is not taken for USD. */
const QUOTES = [
  ...['PYUSD', 'RLUSD', 'USDC', 'USDD', 'USDQ', 'USDR', 'USDT'],
  ...['AED', 'AUD', 'BTC', 'CAD', 'CHF', 'DAI', 'DOT', 'ETH', 'EUR', 'GBP', 'JPY', 'POL', 'SOL', 'USD', 'XBT'],
];

const CODE = /^[A-Z0-9]+(\.[A-Z0-9]+)?$/;

const currency = (code: string): string => {
  const short = LEGACY_BASES.includes(code) ? code.slice(1) : code;
  return RENAMED[short] ?? short;
};

const inOneWord = (code: string): string => KEPT[code] ?? code;

const joined = (base: string, quote: string): string | null =>
  CODE.test(base) && CODE.test(quote) && currency(base) !== currency(quote)
    ? `${currency(base)}/${currency(quote)}`
    : null;

/** A base so short that a long quote was more likely torn out of it: SPYUSD is SPY/USD and not S/PYUSD. */
const tearsBase = (base: string, quote: string): boolean => quote.length === 5 && base.length < 3;

/**
 * The symbol (`BTC/USD`) behind any of Kraken's names of a pair: id `XXBTZUSD`, altname `XBTUSD`, wsname `XBT/USD`; also
 * what people write: `btc/usd`, `BTC-USD`. Null where no currency that Kraken quotes in ends the name. Names that are
 * written in one word are taken apart by their quote alone: no list of pairs is needed, so new listings are known.
 */
export const symbolOf = (name: string): string | null => {
  const upper = name.trim().toUpperCase();
  const parts = upper.split(/[/-]/);
  if (parts.length === 2) return joined(parts[0]!, parts[1]!);
  if (parts.length > 2) return null;
  for (const quote of LEGACY_QUOTES) {
    const base = upper.slice(0, -quote.length);
    if (upper.endsWith(quote) && BASES_OF_LEGACY_QUOTES.has(base)) return joined(base, quote);
  }
  for (const quote of QUOTES) {
    const base = upper.slice(0, -quote.length);
    if (base && upper.endsWith(quote) && !tearsBase(base, quote)) return joined(inOneWord(base), quote);
  }
  return null;
};
