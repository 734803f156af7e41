import type { UsableBook } from '../exchange/ports.js';
import type { Market } from '../market.js';
import type { CostSettings } from '../settings/settings.js';
import type { Price, SizeBase } from '../units.js';
import { isTooSmall, roundDownToStep, type FillBuy, type FillSell } from './fills.js';
import { depthOf, fillOf, sizeFor, walk, withinReach, type WalkTerms } from './walk.js';

/** The terms of fills at an order book. */
export interface BookTerms {
  readonly costs: Pick<CostSettings, 'takerFee'>;
  /** Portfolio currency per quote currency of the market; NaN while it is unknown. */
  readonly rate: number;
}

const walkTerms = (best: Price, { bids, asks }: UsableBook, { costs, rate }: BookTerms): WalkTerms => ({
  best,
  middle: (bids[0]!.price + asks[0]!.price) / 2,
  takerFee: costs.takerFee,
  rate,
});

/**
 * Buys from the asks: what the budget pays for, rounded down to the amount step, all or nothing.
 */
export const buyFrom =
  (book: UsableBook, market: Market, terms: BookTerms): FillBuy =>
  budget => {
    const asks = withinReach(book.asks);
    const best = asks[0]!.price;
    const amount = budget(best) / terms.rate;
    const affordable = sizeFor(asks, amount);
    if (affordable === null)
      return isTooSmall(roundDownToStep(amount / best, market), best, market) ? 'size_too_small' : 'no_depth';
    const size = roundDownToStep(affordable, market);
    const walked = walk(asks, size);
    return walked ? fillOf(walked, size, walkTerms(best, book, terms)) : 'size_too_small';
  };

/**
 * Sells to the bids what they take, in whole amount steps. The depth that a sale takes is
 * unavailable to the next one; `gone` of it is unavailable from the start.
 */
export const sellTo = (book: UsableBook, market: Market, terms: BookTerms, gone: SizeBase = 0): FillSell => {
  const bids = withinReach(book.bids);
  const depth = depthOf(bids);
  const reckoning = walkTerms(bids[0]!.price, book, terms);
  let taken = gone;
  return (_, wanted) => {
    const whole = roundDownToStep(Math.min(wanted, Math.max(0, depth - taken)), market);
    // Less than half a step is no remainder: subtracting sizes has left it in their last bits.
    const size = depth - taken >= wanted || wanted - whole < market.amountStep / 2 ? wanted : whole;
    const walked = walk(bids, size, taken);
    if (!walked) return null;
    taken += size;
    return fillOf(walked, size, reckoning);
  };
};
