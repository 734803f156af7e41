import { plain } from '../exchange/failure.js';
import { marketList, type MarketRead } from '../exchange/market-list.js';
import { cellsOf, decimalOf, isRecord, positiveOf } from '../exchange/numbers.js';
import { MARKET_STATUSES, type ExchangeMarket, type MarketsAnswer, type MarketStatus } from '../exchange/ports.js';
import { DEFAULT_AMOUNT_STEP } from '../market.js';

/** Names that are safe in URLs, SQL, terminals and file names. */
const ID = /^[A-Z0-9]{2,24}$/i;
const CURRENCY = /^[A-Z0-9]{1,16}$/;

const isStatus = (text: unknown): text is MarketStatus => MARKET_STATUSES.some(status => status === text);

const stepOf = (decimals: unknown): number | null => {
  const value = decimalOf(decimals);
  return Number.isInteger(value) && value >= 0 && value <= 18 ? Number(`1e-${value}`) : null;
};

const readMarket = (id: string, raw: unknown, currencyOf: (id: string) => string | undefined): MarketRead => {
  if (!ID.test(id)) return { reason: 'an invalid name' };
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
      symbol: `${base}/${quote}`,
      base,
      quote,
      id,
      altname,
      status,
      amountStep: stepOf(raw['lot_decimals']) ?? DEFAULT_AMOUNT_STEP,
      tick: positiveOf(raw['tick_size']) ?? stepOf(raw['pair_decimals']),
      minimumAmount: positiveOf(raw['ordermin']) ?? 0,
      minimumCost: positiveOf(raw['costmin']) ?? 0,
      takerFee: fee >= 0 && fee < 100 ? fee / 100 : null,
    },
  };
};

/**
 * Reads all markets, each alone, as `marketList` defines the list. `currencyOf` gives the common
 * name of one of Kraken's currencies.
 */
export const readMarkets = (
  result: Readonly<Record<string, unknown>>,
  currencyOf: (id: string) => string | undefined,
  before: readonly ExchangeMarket[] = [],
): MarketsAnswer =>
  marketList(
    Object.entries(result).map(([id, raw]) => [id, readMarket(id, raw, currencyOf)] as const),
    before,
  );
