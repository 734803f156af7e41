import { bookOf, type BookLevel } from '../market/books.js';
import { drawsOf, uniform } from '../market/random.js';
import type { Price } from '../../units.js';
import type { StandingQuotes } from './listing.js';
import { longDecimals } from './trades.js';
import { pairOfQuery, wholeNumber, type View } from './view.js';

/** `[price, volume, time (s)]` */
export type DepthRow = [string, string, number];

/** Sizes have three decimals, whatever the market's own: a small one reads 0.000. */
const SIZE_DECIMALS = 3;
/** Share of the levels behind the best that are so small. */
const DUST = 0.01;
const LEVELS = 100;
const MAX_LEVELS = 500;
/** Seconds by which each level was changed earlier than the one before it. */
const AGEING = 2;

/** Up to one level a side. */
const standingBook = ({ bid, ask }: StandingQuotes): { bids: readonly BookLevel[]; asks: readonly BookLevel[] } => {
  const side = (price: Price): readonly BookLevel[] => (price > 0 ? [[price, 20 / price]] : []);
  return { bids: side(bid), asks: side(ask) };
};

/** `/0/public/Depth`: the order book of one pair, 100 levels a side or `count`. */
export const depth = (view: View, query: URLSearchParams): Record<string, { asks: DepthRow[]; bids: DepthRow[] }> => {
  const { key, listing } = pairOfQuery(view, query);
  const count = wholeNumber(query, 'count', LEVELS, 1, MAX_LEVELS);
  const book = listing.standing ? standingBook(listing.standing) : bookOf(listing.symbol, view.seed, view.at, count);
  const now = Math.floor(view.at / 1000);
  const rows = (side: string, levels: readonly BookLevel[]) => {
    const draw = drawsOf(view.seed, `dust/${listing.symbol}/${side}`, now);
    return levels.map(([price, size], i): DepthRow => {
      const isDust = uniform(draw) < DUST && i > 0;
      return [price.toFixed(longDecimals(listing)), (isDust ? 0 : size).toFixed(SIZE_DECIMALS), now - i * AGEING];
    });
  };
  return { [key]: { asks: rows('asks', book.asks), bids: rows('bids', book.bids) } };
};
