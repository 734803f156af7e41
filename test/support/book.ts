import type { BookFault, BookLevel, OrderBook } from '../../lib/exchange/ports.js';
import { START } from './broker.js';

type Levels = readonly (readonly [price: number, size: number])[];

const side = (levels: Levels): BookLevel[] => levels.map(([price, size]) => ({ price, size, at: START }));

/** An order book, written as its bids and asks, best first. */
export const bookOf = (bids: Levels, asks: Levels): OrderBook => ({
  usable: true,
  bids: side(bids),
  asks: side(asks),
  newest: START,
});

/** A book whose bids are as written and whose best ask is 1 % above. */
export const bidding = (...bids: Levels): OrderBook => bookOf(bids, [[bids[0]![0] * 1.01, 1e6]]);

/** A book that must not be used. */
export const unusable = (fault: BookFault): OrderBook => ({ usable: false, fault });
