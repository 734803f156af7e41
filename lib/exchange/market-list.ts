import { ExchangeFailure, plain } from './failure.js';
import type { ExchangeMarket, MarketsAnswer } from './ports.js';

/** An answer in which a larger share of the former markets is missing was truncated. */
const MAX_LOST = 0.5;

/** An entry of an exchange's list: a market, or why it is skipped. */
export type MarketRead = { readonly market: ExchangeMarket } | { readonly reason: string };

/**
 * The markets of an answer, sorted by symbol. Of several entries for one symbol the first counts,
 * unless only a later one is online. `before` are the markets of the previous answer: those that
 * are missing now are kept as delisted. Throws `bad_answer` if there is no usable market, or if so
 * many are missing that the answer must have been truncated.
 */
export const marketList = (
  entries: Iterable<readonly [id: string, read: MarketRead]>,
  before: readonly ExchangeMarket[],
): MarketsAnswer => {
  const markets = new Map<string, ExchangeMarket>();
  const skipped: { id: string; reason: string }[] = [];
  for (const [id, read] of entries) {
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
  if (markets.size === 0) throw new ExchangeFailure('bad_answer', 'the answer has no usable market');
  if (lost > MAX_LOST * before.length)
    throw new ExchangeFailure('bad_answer', `${lost} of ${before.length} markets are missing`);
  for (const market of before)
    if (!markets.has(market.symbol)) markets.set(market.symbol, { ...market, status: 'delisted' });
  return { markets: [...markets.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)), skipped };
};
