import type { CostSettings } from '../settings/settings.js';
import type { Ratio } from '../units.js';

/** How far a fill at no order book is from the price, on either side: half the spread and the slippage. */
export const fillLoss = ({ spread, slippage }: Pick<CostSettings, 'spread' | 'slippage'>): Ratio =>
  spread / 2 + slippage;

/**
 * How far a price has to rise until a trade that is bought and sold at once, at the costs of no order book, makes exactly 0.
 *
 * Bought at p·(1 + h), fee f on it; sold at q·(1 − h), fee f on it; h = spread/2 + slippage.
 * q·(1 − h)·(1 − f) = p·(1 + h)·(1 + f), so q/p − 1 = (1 + h)·(1 + f) / ((1 − h)·(1 − f)) − 1 ≈ 2·f + spread + 2·slippage.
 */
export const breakEvenMove = (costs: CostSettings): Ratio => {
  const loss = fillLoss(costs);
  return ((1 + loss) * (1 + costs.takerFee)) / ((1 - loss) * (1 - costs.takerFee)) - 1;
};

/**
 * How far over the entry's fill price, from which targets and stops count, a sale has to be called for until it makes
 * exactly 0: the entry's half spread and slippage are in that price already.
 */
export const breakEvenGain = (costs: CostSettings): Ratio =>
  (1 + costs.takerFee) / ((1 - fillLoss(costs)) * (1 - costs.takerFee)) - 1;
