import type { Market } from '../market.js';
import type { CostSettings } from '../settings/settings.js';
import type { Money, Price, SizeBase } from '../units.js';
import type { FillCosts, RejectionReason } from './events.js';

/** A filled order: its mean price, its size, and its costs in the portfolio's currency. */
export interface Fill {
  readonly price: Price;
  readonly size: SizeBase;
  readonly costs: FillCosts;
}

/** The amount of the portfolio's currency to spend where the first unit has this price. */
export type Budget = (price: Price) => Money;

/**
 * Buys for an amount of the portfolio's currency, in whole amount steps of the market; returns the
 * reason if it cannot.
 */
export type FillBuy = (budget: Budget) => Fill | RejectionReason;

/**
 * Sells at the price that triggered the sale. Fills less than `size` if there are too few buyers;
 * null if there are none. `calls` reports whether a bid would have triggered the sale too.
 */
export type FillSell = (price: Price, size: SizeBase, calls: (bid: Price) => boolean) => Fill | null;

/** The price of a buy without an order book: half the spread and the slippage above the price. */
const buyPrice = (price: Price, { spread, slippage }: CostSettings): Price => price * (1 + spread / 2 + slippage);

/** The price of a sale without an order book. */
const sellPrice = (price: Price, { spread, slippage }: CostSettings): Price => price * (1 - spread / 2 - slippage);

/** The costs of a fill at `filled` instead of `price`; `rate` converts the quote currency. */
const costsOf = (price: Price, filled: Price, size: SizeBase, rate: number, costs: CostSettings): FillCosts => ({
  fee: costs.takerFee * size * filled * rate,
  halfSpread: (size * price * rate * costs.spread) / 2,
  slippage: size * price * rate * costs.slippage,
});

/**
 * Tolerance for a whole number of steps that a division has rounded: 0.3 / 0.1 is
 * 2.9999999999999996.
 */
const ROUNDING = 8 * Number.EPSILON;

/** The largest multiple of the market's amount step that does not exceed `size`. */
export const roundDownToStep = (size: SizeBase, { amountStep }: Market): SizeBase => {
  const steps = size / amountStep;
  const nearest = Math.round(steps);
  const whole = Math.abs(steps - nearest) <= ROUNDING * nearest ? nearest : Math.floor(steps);
  // A step is a decimal fraction: dividing by its whole reciprocal keeps 3 · 0.1 at 0.3.
  const perUnit = Math.round(1 / amountStep);
  return Math.abs(perUnit * amountStep - 1) < 1e-12 ? whole / perUnit : whole * amountStep;
};

/**
 * Whether the market refuses an order of this size at this price as too small. Also true for a size
 * that is not finite.
 */
export const isTooSmall = (size: SizeBase, price: Price, { minimumAmount, minimumCost }: Market): boolean =>
  !(size > 0 && size < Infinity) || size < minimumAmount || size * price < minimumCost;

/** Buys without an order book: everything at `open`, with the configured costs. */
export const buyAt =
  (open: Price, market: Market, rate: number, costs: CostSettings): FillBuy =>
  budget => {
    const price = buyPrice(open, costs);
    const size = roundDownToStep(budget(price) / (price * rate), market);
    return { price, size, costs: costsOf(open, price, size, rate, costs) };
  };

/**
 * Sells without an order book: everything at the price that triggered the sale, less the configured
 * costs.
 */
export const sellAt =
  (rate: number, costs: CostSettings): FillSell =>
  (wanted, size) => {
    const price = sellPrice(wanted, costs);
    return { price, size, costs: costsOf(wanted, price, size, rate, costs) };
  };
