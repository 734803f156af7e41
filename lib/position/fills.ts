import type { Market } from '../market.js';
import type { CostSettings } from '../settings/settings.js';
import type { Price, SizeBase } from '../units.js';
import type { FillCosts } from './events.js';

/** What an order came to: the price paid or got, and what it cost in the portfolio's currency. */
export interface Fill {
  readonly price: Price;
  readonly costs: FillCosts;
}

/** What a buy pays where no order book tells: the price, half the spread and the slippage. */
export const buyPrice = (price: Price, { spread, slippage }: CostSettings): Price =>
  price * (1 + spread / 2 + slippage);

/** What a sale gets where no order book tells. */
export const sellPrice = (price: Price, { spread, slippage }: CostSettings): Price =>
  price * (1 - spread / 2 - slippage);

/** The costs of a fill that was meant for `price` and came to `filled`; `rate` converts the quote currency. */
export const costsOf = (price: Price, filled: Price, size: SizeBase, rate: number, costs: CostSettings): FillCosts => ({
  fee: costs.takerFee * size * filled * rate,
  halfSpread: (size * price * rate * costs.spread) / 2,
  slippage: size * price * rate * costs.slippage,
});

/** A number of steps that is whole but for the rounding of a division was meant to be whole: 0.3 / 0.1 is 2.9999999999999996. */
const ROUNDING = 8 * Number.EPSILON;

/** The largest multiple of the market's amount step that is not above `size`. */
export const roundDownToStep = (size: SizeBase, { amountStep }: Market): SizeBase => {
  const steps = size / amountStep;
  const nearest = Math.round(steps);
  const whole = Math.abs(steps - nearest) <= ROUNDING * nearest ? nearest : Math.floor(steps);
  // A step is a decimal fraction: dividing by its whole reciprocal keeps 3 · 0.1 at 0.3.
  const perUnit = Math.round(1 / amountStep);
  return Math.abs(perUnit * amountStep - 1) < 1e-12 ? whole / perUnit : whole * amountStep;
};
