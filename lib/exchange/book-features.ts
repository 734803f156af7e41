import type { Ratio } from '../units.js';
import type { BookLevel } from './ports.js';

/** Distances from the middle within which the depth of a book is measured, in basis points. */
export const DEPTHS_BP = [10, 25, 50] as const;
/** The distance within which the imbalance is measured. */
export const IMBALANCE_BP = 25;

type Side = 'bid' | 'ask';
type DepthName = `${Side}Depth${(typeof DEPTHS_BP)[number]}bp`;

/**
 * The features of an order book. Depths are in quote currency; null if the levels do not reach that
 * far.
 */
export interface BookFeatures extends Readonly<Record<DepthName, number | null>> {
  /** (ask − bid) / middle. */
  readonly spread: Ratio;
  /** (bids − asks) / (bids + asks) of the depth within `IMBALANCE_BP`: −1…1. */
  readonly imbalance: Ratio | null;
}

/** A book with two sides, best levels first. */
interface Sides {
  readonly bids: readonly Pick<BookLevel, 'price' | 'size'>[];
  readonly asks: readonly Pick<BookLevel, 'price' | 'size'>[];
}

/** A level at exactly the distance counts as within it, in spite of rounding. */
const ROUNDING = 1e-12;

/**
 * Measures a usable book of which at most `asked` levels a side were requested. A side with as many
 * levels was truncated: its depth beyond the last level is unknown.
 *
 *     depth(d) = Σ price · size of the levels with |price / middle − 1| ≤ d
 */
export const bookFeatures = ({ bids, asks }: Sides, asked: number): BookFeatures => {
  const [bid, ask] = [bids[0]!.price, asks[0]!.price];
  const middle = (bid + ask) / 2;
  const depth = (side: Sides['bids'], bp: number): number | null => {
    let [sum, reached] = [0, side.length < asked];
    for (const { price, size } of side) {
      const distance = Math.abs(price / middle - 1) - bp / 1e4;
      if (distance <= ROUNDING) sum += price * size;
      reached ||= distance >= -ROUNDING;
    }
    return reached ? sum : null;
  };
  const depths = Object.fromEntries(
    DEPTHS_BP.flatMap(bp => [
      [`bidDepth${bp}bp`, depth(bids, bp)],
      [`askDepth${bp}bp`, depth(asks, bp)],
    ]),
  ) as Record<DepthName, number | null>;
  const [bought, sold] = [depths[`bidDepth${IMBALANCE_BP}bp`], depths[`askDepth${IMBALANCE_BP}bp`]];
  const imbalance = bought === null || sold === null || bought + sold === 0 ? null : (bought - sold) / (bought + sold);
  return { ...depths, spread: (ask - bid) / middle, imbalance };
};
