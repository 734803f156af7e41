import { DEFAULT_AMOUNT_STEP } from '../market.js';
import { ExchangeFailure, plain } from './failure.js';
import { cellsOf, decimalOf, isRecord, positiveOf } from './numbers.js';
import { MARKET_STATUSES, type ExchangeMarket, type MarketsAnswer, type MarketStatus } from './ports.js';

/** Names that are safe wherever they go: URLs, SQL, terminals, file names. */
const ID = /^[A-Z0-9]{2,24}$/i;
const CURRENCY = /^[A-Z0-9]{1,16}$/;
/** An answer that lacks more of the markets that were listed before was cut short. */
const MOST_LOST = 0.5;

const isStatus = (text: unknown): text is MarketStatus => MARKET_STATUSES.some(status => status === text);

const stepOf = (decimals: unknown): number | null => {
  const value = decimalOf(decimals);
  return Number.isInteger(value) && value >= 0 && value <= 18 ? Number(`1e-${value}`) : null;
};

type Read = { readonly market: ExchangeMarket } | { readonly reason: string };

const readMarket = (id: string, raw: unknown, currencyOf: (id: string) => string | undefined): Read => {
  if (!ID.test(id)) return { reason: 'a name that no market has' };
  if (!isRecord(raw)) return { reason: 'no description' };
  const { altname, base: baseId, quote: quoteId, status = 'online' } = raw;
  if (typeof altname !== 'string' || !ID.test(altname)) return { reason: 'no usable short name' };
  if (typeof baseId !== 'string' || typeof quoteId !== 'string') return { reason: 'no currencies' };
  for (const kind of [raw['aclass_base'], raw['aclass_quote']])
    if (typeof kind === 'string' && kind !== 'currency') return { reason: `no currency, but a ${plain(kind)}` };
  const [base, quote] = [currencyOf(baseId), currencyOf(quoteId)];
  if (!base || !quote || !CURRENCY.test(base) || !CURRENCY.test(quote) || base === quote)
    return { reason: 'no usable currencies' };
  if (!isStatus(status)) return { reason: 'an unknown status' };
  const fee = decimalOf(cellsOf(cellsOf(raw['fees'])[0])[1]);
  return {
    market: {
      ...{ symbol: `${base}/${quote}`, base, quote, id, altname, status },
      amountStep: stepOf(raw['lot_decimals']) ?? DEFAULT_AMOUNT_STEP,
      tick: positiveOf(raw['tick_size']) ?? stepOf(raw['pair_decimals']),
      minimumAmount: positiveOf(raw['ordermin']) ?? 0,
      minimumCost: positiveOf(raw['costmin']) ?? 0,
      takerFee: fee >= 0 && fee < 100 ? fee / 100 : null,
    },
  };
};

/**
 * Reads all markets out of Kraken's answer, each alone. `currencyOf` gives the common name of one of the exchange's
 * currencies. Markets listed before and lacking now are kept as delisted. Throws `bad_answer` where there is none at all, or
 * where so many are lacking that the answer must have been cut short.
 */
export const readMarkets = (
  result: Readonly<Record<string, unknown>>,
  currencyOf: (id: string) => string | undefined,
  before: readonly ExchangeMarket[] = [],
): MarketsAnswer => {
  const markets = new Map<string, ExchangeMarket>();
  const skipped: { id: string; reason: string }[] = [];
  for (const [id, raw] of Object.entries(result)) {
    const read = readMarket(id, raw, currencyOf);
    if ('reason' in read) skipped.push({ id: plain(id), reason: read.reason });
    else {
      const { symbol, status } = read.market;
      const other = markets.get(symbol);
      const replaces = other && other.status !== 'online' && status === 'online';
      if (other) skipped.push({ id: replaces ? other.id : id, reason: `a second ${symbol}` });
      if (!other || replaces) markets.set(symbol, read.market);
    }
  }
  const lost = before.filter(({ symbol, status }) => status !== 'delisted' && !markets.has(symbol)).length;
  if (markets.size === 0) throw new ExchangeFailure('bad_answer', 'there is no usable market at all');
  if (lost > MOST_LOST * before.length)
    throw new ExchangeFailure('bad_answer', `${lost} of ${before.length} markets are lacking`);
  for (const market of before)
    if (!markets.has(market.symbol)) markets.set(market.symbol, { ...market, status: 'delisted' });
  return { markets: [...markets.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)), skipped };
};
