import { bookOf, type BookLevel } from '../market/books.js';
import { longDecimals } from './trades.js';
import { pairOfQuery, wholeNumber, type View } from './view.js';

/** `[price, volume, time (s)]` */
export type DepthRow = [string, string, number];

const LEVELS = 100;
const MOST_LEVELS = 500;
/** Seconds by which each level was changed earlier than the one before it. */
const AGEING = 2;

/** `/0/public/Depth`: the order book of one pair, 100 levels a side or `count`. */
export const depth = (view: View, query: URLSearchParams): Record<string, { asks: DepthRow[]; bids: DepthRow[] }> => {
  const { key, listing } = pairOfQuery(view, query);
  const book = bookOf(listing.symbol, view.seed, view.at, wholeNumber(query, 'count', LEVELS, 1, MOST_LEVELS));
  const now = Math.floor(view.at / 1000);
  const rows = (levels: readonly BookLevel[]) =>
    levels.map(([price, size], i): DepthRow => [
      price.toFixed(longDecimals(listing)),
      size.toFixed(listing.amountDecimals),
      now - i * AGEING,
    ]);
  return { [key]: { asks: rows(book.asks), bids: rows(book.bids) } };
};
