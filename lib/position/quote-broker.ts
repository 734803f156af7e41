import type { BookFault, OrderBook } from '../exchange/ports.js';
import { observationOf } from '../live/quote.js';
import type { Market } from '../market.js';
import type { CostSettings } from '../settings/settings.js';
import type { EpochMs, Money, Price } from '../units.js';
import { enter, hasExpired, type EntryTerms } from './entry.js';
import type { Opportunity, PositionEvent } from './events.js';
import { observe } from './exits.js';
import { isTooSmall, roundDownToStep, type Buy, type Sell } from './fills.js';
import type { Portfolio, RateOf } from './portfolio.js';
import { depthOf, fillOf, sizeFor, walk, withinReach, type WalkTerms } from './walk.js';

type UsableBook = Extract<OrderBook, { usable: true }>;

/** What a check of exits is reckoned with. */
export interface CheckTerms {
  readonly costs: Pick<CostSettings, 'takerFee'>;
  /** Portfolio currency per quote currency of the market; not a number while it is not known. */
  readonly rate: number;
}

/** These say that nobody offers enough; the others, that what is offered is not known. */
const LACKS_DEPTH: ReadonlySet<BookFault> = new Set(['empty', 'one_sided']);

const walkTerms = (best: Price, { bids, asks }: UsableBook, { costs, rate }: CheckTerms): WalkTerms => ({
  best,
  middle: (bids[0]!.price + asks[0]!.price) / 2,
  takerFee: costs.takerFee,
  rate,
});

/** Buys from the asks: as much as the notional pays for, rounded down to the step, all of it or nothing. */
const buyFrom =
  (book: UsableBook, market: Market, terms: CheckTerms): Buy =>
  notional => {
    const asks = withinReach(book.asks);
    const best = asks[0]!.price;
    const amount = notional / terms.rate;
    const affordable = sizeFor(asks, amount);
    if (affordable === null)
      return isTooSmall(roundDownToStep(amount / best, market), best, market) ? 'size_too_small' : 'no_depth';
    const size = roundDownToStep(affordable, market);
    const walked = walk(asks, size);
    return walked ? fillOf(walked, size, walkTerms(best, book, terms)) : 'size_too_small';
  };

/** Sells to the bids what they take, in whole steps; what one sale took is gone for the next one. */
const sellTo = (book: UsableBook, market: Market, terms: CheckTerms): Sell => {
  const bids = withinReach(book.bids);
  const depth = depthOf(bids);
  const reckoning = walkTerms(bids[0]!.price, book, terms);
  let taken = 0;
  return (_, wanted) => {
    const whole = roundDownToStep(Math.min(wanted, Math.max(0, depth - taken)), market);
    // Less than half a step is no rest, but what subtracting sizes has left of their last bits.
    const size = depth - taken >= wanted || wanted - whole < market.amountStep / 2 ? wanted : whole;
    const walked = walk(bids, size, taken);
    if (!walked) return null;
    taken += size;
    return fillOf(walked, size, reckoning);
  };
};

/**
 * Takes, rejects or lets expire an opportunity at a live order book (semantics §5). A trade that it opens is marked at the
 * best bid. Null where the book, or the rate, does not tell: the opportunity waits for the next one. Of several that are
 * looked at together, take them `byPrecedence`, with the same equity.
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
  const buy: Buy = book.usable ? buyFrom(book, portfolio.markets[market]!, terms) : () => 'no_depth';
  const event = enter(portfolio, opportunity, now, buy, terms);
  if (event.kind === 'opened' && book.usable) portfolio.lastPrice[market] = book.bids[0]!.price;
  return event;
};

/**
 * Holds the open trade of a market, if there is one, against a live order book: its best bid is the observation, and sales
 * walk the bids. Nothing happens where the book, or the rate, does not tell.
 */
export const check = (
  portfolio: Portfolio,
  market: number,
  book: OrderBook,
  now: EpochMs,
  terms: CheckTerms,
): PositionEvent[] => {
  const trade = portfolio.open.find(held => held.market === market);
  if (!trade || !book.usable || !(terms.rate > 0)) return [];
  const bid = book.bids[0]!.price;
  portfolio.lastPrice[market] = bid;
  const sell = sellTo(book, portfolio.markets[market]!, terms);
  return observe(portfolio, trade, observationOf(bid, now), { rate: terms.rate, sell });
};

/** Cash and holdings at their best bids, by lane; where there is none, at the last known price. */
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
