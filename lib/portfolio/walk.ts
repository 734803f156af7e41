import type { BookLevel } from '../exchange/ports.js';
import type { Price, Ratio, SizeBase } from '../units.js';
import type { Fill } from './fills.js';

/** The maximum distance from the best price of the levels that fills use (semantics §5). */
export const DEPTH_LIMIT: Ratio = 0.05;

/** Keeps a level at exactly the limit within it despite the rounding of a division. */
const ROUNDING = 1e-12;

/** The result of an order on one side of a book. */
export interface Walk {
  /** Less than requested where the depth is exhausted. */
  readonly size: SizeBase;
  /** The mean, weighted by size. */
  readonly price: Price;
  /** The cost of the levels beyond the best, in quote currency: Σ size · |price − best|. */
  readonly beyond: number;
  /** Number of levels used. */
  readonly levels: number;
}

/** The levels of a side, best first, whose price is within `DEPTH_LIMIT` of the best. */
export const withinReach = (side: readonly BookLevel[]): readonly BookLevel[] =>
  side.filter(({ price }) => Math.abs(price / side[0]!.price - 1) <= DEPTH_LIMIT + ROUNDING);

/** The total size of all levels. */
export const depthOf = (levels: readonly BookLevel[]): SizeBase => levels.reduce((sum, { size }) => sum + size, 0);

/**
 * Takes `size` from levels, best first, after skipping `taken`. Null if nothing is left.
 *
 *     price = best ± beyond/size
 */
export const walk = (levels: readonly BookLevel[], size: SizeBase, taken: SizeBase = 0): Walk | null => {
  let [gone, filled, beyond, used] = [taken, 0, 0, 0];
  const best = levels[0]?.price ?? NaN;
  for (const level of levels) {
    const there = Math.max(0, level.size - gone);
    gone = Math.max(0, gone - level.size);
    const part = Math.min(there, size - filled);
    if (!(part > 0)) continue;
    filled += part;
    beyond += part * (level.price - best);
    used++;
  }
  return filled > 0 ? { size: filled, price: best + beyond / filled, beyond: Math.abs(beyond), levels: used } : null;
};

/**
 * The size that an amount of quote currency buys, best levels first; null if the levels hold less.
 */
export const sizeFor = (levels: readonly BookLevel[], amount: number): SizeBase | null => {
  let left = amount;
  let size = 0;
  for (const level of levels) {
    const whole = level.price * level.size;
    if (left <= whole) return size + left / level.price;
    left -= whole;
    size += level.size;
  }
  return null;
};

/** The terms of a fill that walks a book. */
export interface WalkTerms {
  /** The side's best price, and the middle between the two sides. */
  readonly best: Price;
  readonly middle: Price;
  readonly takerFee: Ratio;
  /** Portfolio currency per quote currency. */
  readonly rate: number;
}

/**
 * The fill of a walk, in the portfolio's currency:
 *
 *     fee        = taker fee · size · price
 *     half spread = size · |middle − best|
 *     slippage   = size · |price − best|
 */
export const fillOf = ({ price, beyond }: Walk, size: SizeBase, { best, middle, takerFee, rate }: WalkTerms): Fill => ({
  price,
  size,
  costs: {
    fee: takerFee * size * price * rate,
    halfSpread: size * Math.abs(middle - best) * rate,
    slippage: beyond * rate,
  },
});
