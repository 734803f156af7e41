import type { Market } from '../market.js';
import type { CostSettings } from '../settings/settings.js';
import type { Money, Price, SizeBase } from '../units.js';
import type { FillCosts, RejectionReason } from './events.js';

/** What an order came to: the mean price paid or got, for how much, and what it cost in the portfolio's currency. */
export interface Fill {
  readonly price: Price;
  readonly size: SizeBase;
  readonly costs: FillCosts;
}

/** Buys for an amount of the portfolio's currency, in whole steps of the market; or says why that cannot be. */
export type Buy = (notional: Money) => Fill | RejectionReason;

/**
 * Sells at a price that called for it; fills less than `size` where buyers are lacking, null where there are none. `calls` says
 * whether a bid would have called for the sale too.
 */
export type Sell = (price: Price, size: SizeBase, calls: (bid: Price) => boolean) => Fill | null;

/** What a buy pays where no order book tells: the price, half the spread and the slippage. */
const buyPrice = (price: Price, { spread, slippage }: CostSettings): Price => price * (1 + spread / 2 + slippage);

/** What a sale gets where no order book tells. */
const sellPrice = (price: Price, { spread, slippage }: CostSettings): Price => price * (1 - spread / 2 - slippage);

/** The costs of a fill that was meant for `price` and came to `filled`; `rate` converts the quote currency. */
const costsOf = (price: Price, filled: Price, size: SizeBase, rate: number, costs: CostSettings): FillCosts => ({
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

/** Whether the market does not take an order of this size at this price; nor one that is too large for a number. */
export const isTooSmall = (size: SizeBase, price: Price, { minimumAmount, minimumCost }: Market): boolean =>
  !(size > 0 && size < Infinity) || size < minimumAmount || size * price < minimumCost;

/** Buys where no order book tells: all of it at `open`, with the configured costs. */
export const buyAt =
  (open: Price, market: Market, rate: number, costs: CostSettings): Buy =>
  notional => {
    const price = buyPrice(open, costs);
    const size = roundDownToStep(notional / (price * rate), market);
    return { price, size, costs: costsOf(open, price, size, rate, costs) };
  };

/** Sells where no order book tells: all of it at the price that called for it, less the configured costs. */
export const sellAt =
  (rate: number, costs: CostSettings): Sell =>
  (wanted, size) => {
    const price = sellPrice(wanted, costs);
    return { price, size, costs: costsOf(wanted, price, size, rate, costs) };
  };
