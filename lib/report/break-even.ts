import type { CostSettings } from '../settings/settings.js';
import type { Ratio } from '../units.js';

/** Distance of a fill without an order book from the price: half the spread plus slippage. */
export const fillLoss = ({ spread, slippage }: Pick<CostSettings, 'spread' | 'slippage'>): Ratio =>
  spread / 2 + slippage;

/**
 * Rise of the price at which a trade at the configured costs (no order book) makes exactly 0.
 *
 * Bought at p·(1 + h), fee f on it; sold at q·(1 − h), fee f on it; h = spread/2 + slippage.
 * q·(1 − h)·(1 − f) = p·(1 + h)·(1 + f), so
 * q/p − 1 = (1 + h)·(1 + f) / ((1 − h)·(1 − f)) − 1 ≈ 2·f + spread + 2·slippage.
 */
export const breakEvenMove = (costs: CostSettings): Ratio => {
  const loss = fillLoss(costs);
  return ((1 + loss) * (1 + costs.takerFee)) / ((1 - loss) * (1 - costs.takerFee)) - 1;
};

/**
 * Gain over the entry's fill price at which a sale makes exactly 0. Targets and stops are relative
 * to that price, which already contains the entry's half spread and slippage.
 */
export const breakEvenGain = (costs: CostSettings): Ratio =>
  (1 + costs.takerFee) / ((1 - fillLoss(costs)) * (1 - costs.takerFee)) - 1;
