import type { BookFault, OrderBook } from '../exchange/ports.js';
import { observationOf } from '../market-data/quote.js';
import type { EpochMs, Money, Price } from '../units.js';
import { enter, hasExpired, type EntryTerms } from './entry.js';
import type { Opportunity, PositionEvent } from './events.js';
import { buyFrom, sellTo, type BookTerms } from './book-fills.js';
import type { FillBuy } from './fills.js';
import { applyExits } from './observe.js';
import type { Portfolio, RateOf } from './portfolio.js';

/** Faults of a book that prove a lack of depth; with the others the depth is unknown. */
const LACKS_DEPTH: ReadonlySet<BookFault> = new Set(['empty', 'one_sided']);

/**
 * Takes, rejects or expires an opportunity at a live order book (semantics §5). A trade that it
 * opens is marked at the best bid. Null if the book is unusable or the rate unknown: the
 * opportunity waits for the next book. The caller passes opportunities of the same moment in the
 * order of `byPrecedence`, all with the same equity.
 */
export const take = (
  portfolio: Portfolio,
  opportunity: Opportunity,
  book: OrderBook,
  now: EpochMs,
  terms: EntryTerms,
): PositionEvent | null => {
  if (hasExpired(opportunity, now, terms.risk)) return { kind: 'expired', opportunity, at: now };
  if (!(terms.rate > 0) || (!book.usable && !LACKS_DEPTH.has(book.fault))) return null;
  const { market } = opportunity;
  const buy: FillBuy = book.usable ? buyFrom(book, portfolio.markets[market]!, terms) : () => 'no_depth';
  const event = enter(portfolio, opportunity, now, buy, terms);
  if (event.kind === 'opened' && book.usable) portfolio.lastPrice[market] = book.bids[0]!.price;
  return event;
};

/**
 * Applies the exits to the open trade of a market, if any, at a live order book: the best bid is
 * the observation, and sales walk the bids. Does nothing if the book is unusable or the rate
 * unknown.
 */
export const check = (
  portfolio: Portfolio,
  market: number,
  book: OrderBook,
  now: EpochMs,
  terms: BookTerms,
): readonly PositionEvent[] => {
  const trade = portfolio.open.find(held => held.market === market);
  if (!trade || !book.usable || !(terms.rate > 0)) return [];
  const bid = book.bids[0]!.price;
  portfolio.lastPrice[market] = bid;
  const sell = sellTo(book, portfolio.markets[market]!, terms);
  return applyExits(portfolio, trade, observationOf(bid, now), { rate: terms.rate, sell });
};

/** Cash and holdings at their best bids, by lane; without a bid, at the last known price. */
export const equity = (
  { cash, open, lastPrice }: Portfolio,
  bids: ReadonlyMap<number, Price>,
  rateOf: RateOf,
): Money => {
  let value = 0;
  for (const { market, remaining } of open)
    value += remaining * (bids.get(market) ?? lastPrice[market]!) * rateOf(market);
  return cash + value;
};
