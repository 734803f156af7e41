/**
 * Currencies that Kraken names differently from other exchanges, as in ccxt: coins that kept their
 * code when others renamed them, and two old names. `test/kraken/pairs.spec.ts` compares it with
 * ccxt over every pair known.
 */
const RENAMED: Readonly<Record<string, string>> = {
  XBT: 'BTC',
  XDG: 'DOGE',
  FEE: 'KFEE',
  LUNA: 'LUNC',
  LUNA2: 'LUNA',
  REP: 'REPV1',
  REPV2: 'REP',
  UST: 'USTC',
};

const CODES = new Map(Object.entries(RENAMED).map(([code, name]) => [name, code]));

/** Codes that mean one currency on Kraken and another one elsewhere: LUNA, REP. */
const AMBIGUOUS = new Set(Object.values(RENAMED).filter(name => Object.hasOwn(RENAMED, name)));

/**
 * Ids of the first years: `X` before a coin, `Z` before a fiat currency. A closed set: XTZ, XAUT
 * and ZEUS do not belong to it.
 */
const LEGACY_IDS = new Set([
  'XETC',
  'XETH',
  'XICN',
  'XLTC',
  'XMLN',
  'XNMC',
  'XREP',
  'XSTR',
  'XXBT',
  'XXDG',
  'XXLM',
  'XXMR',
  'XXRP',
  'XXVN',
  'XZEC',
  'ZAUD',
  'ZCAD',
  'ZEUR',
  'ZGBP',
  'ZJPY',
  'ZUSD',
]);

/** Whether a code is an id of the first years, which is never also a short name. */
export const isLegacyId = (code: string): boolean => LEGACY_IDS.has(code);

/**
 * Kraken's short name (altname) of one of its currencies, by id or short name: XXBT is XBT, ZUSD is
 * USD, ADA is ADA.
 */
export const shortNameOf = (id: string): string => (isLegacyId(id) ? id.slice(1) : id);

/**
 * The common name of a currency that Kraken calls `id`, by id or short name, in capitals: XXBT and
 * XBT are BTC, LUNA is LUNC. A suffix after a dot, which says how a coin is held, is kept: XBT.M is
 * BTC.M.
 */
export const currencyOf = (id: string): string => {
  const [code = '', ...held] = shortNameOf(id).split('.');
  return [RENAMED[code] ?? code, ...held].join('.');
};

/** Kraken's short name of a currency by its common name: BTC is XBT. */
export const codeOf = (name: string): string => CODES.get(name) ?? name;

/**
 * The common name of a currency as a user writes it, alone or next to a slash: Kraken's codes are
 * translated, except those that are also a common name. A user who writes LUNA means the coin that
 * other exchanges call LUNA.
 */
export const currencyNamed = (code: string): string => (AMBIGUOUS.has(code) ? code : currencyOf(code));
