import type { CostSettings } from '../settings/settings.js';
import type { Ratio } from '../units.js';

/**
 * How far a price has to rise until a trade that is bought and sold at once, at the costs of no order book, makes exactly 0.
 *
 * Bought at p·(1 + h), fee f on it; sold at q·(1 − h), fee f on it; h = spread/2 + slippage.
 * q·(1 − h)·(1 − f) = p·(1 + h)·(1 + f), so q/p − 1 = (1 + h)·(1 + f) / ((1 − h)·(1 − f)) − 1 ≈ 2·f + spread + 2·slippage.
 */
export const breakEvenMove = ({ takerFee, spread, slippage }: CostSettings): Ratio => {
  const half = spread / 2 + slippage;
  return ((1 + half) * (1 + takerFee)) / ((1 - half) * (1 - takerFee)) - 1;
};
