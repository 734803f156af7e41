import type { Price } from '../units.js';

/** Returns up to this are computed by a series, in less than half the time of a logarithm. */
const SMALL = 0.02;

/**
 * The logarithm of a price by the one before, within a few units in the last place; small returns
 * by the first terms of 2·artanh((b − a)/(b + a)). NaN if one of the two is.
 */
export const logReturn = (before: Price, price: Price): number => {
  const x = (price - before) / (price + before);
  const xx = x * x;
  return xx < (SMALL * SMALL) / 4 ? 2 * x * (1 + xx * (1 / 3 + xx * (1 / 5 + xx * (1 / 7)))) : Math.log(price / before);
};
