import { amountOf, stepsIn } from './lots.js';

type Side = readonly (readonly [price: number, size: number])[];

/** An order book that was stored, best levels first. */
export interface OracleBook {
  readonly at: number;
  /** What for, if a live fill walked it. */
  readonly walkedFor: 'entry' | 'exit' | null;
  /** At most so many levels a side were kept. */
  readonly most: number;
  readonly bids: Side;
  readonly asks: Side;
}

/**
 * The books of a market's minute: those that a live fill of this kind walked first, then by time.
 */
export const inOrder = (books: readonly OracleBook[], kind: 'entry' | 'exit'): readonly OracleBook[] => [
  ...books.filter(({ walkedFor }) => walkedFor === kind).toSorted((a, b) => a.at - b.at),
  ...books.filter(({ walkedFor }) => walkedFor !== kind).toSorted((a, b) => a.at - b.at),
];

const near = (side: Side): Side =>
  side.filter(([price]) => Math.abs(price - side[0]![0]) <= side[0]![0] * (0.05 + 1e-12));

/** Whether there may be more within 5 % than was kept. */
export const endsTooSoon = (side: Side, most: number): boolean =>
  side.length >= most && near(side).length === side.length;

/** What a fill comes to: the mean price, and what it cost, in quote currency. */
export interface Walked {
  readonly steps: number;
  readonly price: number;
  readonly halfSpread: number;
  readonly slippage: number;
}

const middle = ({ bids, asks }: OracleBook): number => (bids[0]![0] + asks[0]![0]) / 2;

/** Takes a size from a side of which `gone` has been taken already. */
const take = (book: OracleBook, side: Side, steps: number, step: number, gone: number): Walked => {
  const best = side[0]![0];
  const size = amountOf(steps, step);
  let [left, skip, paid, beyond] = [size, gone, 0, 0];
  for (const [price, there] of near(side)) {
    const free = Math.max(0, there - skip);
    skip = Math.max(0, skip - there);
    const part = Math.min(left, free);
    left -= part;
    paid += part * price;
    beyond += part * Math.abs(price - best);
  }
  return { steps, price: paid / (size - left), halfSpread: size * Math.abs(middle(book) - best), slippage: beyond };
};

/** All that an amount of quote currency buys, or nothing. */
export const bought = (book: OracleBook, amount: number, step: number): Walked | null => {
  let [left, size] = [amount, 0];
  for (const [price, there] of near(book.asks)) {
    const part = Math.min(left, price * there);
    left -= part;
    size += part / price;
  }
  if (left > 1e-12 * amount) return null;
  return take(book, book.asks, stepsIn(size, step), step, 0);
};

/** What the bids take of so many steps, of which `gone` (a size) is taken already. */
export const sold = (book: OracleBook, steps: number, step: number, gone: number): Walked | null => {
  const there = near(book.bids).reduce((sum, [, size]) => sum + size, 0) - gone;
  const part = there >= amountOf(steps, step) ? steps : Math.max(0, stepsIn(there, step));
  return part > 0 ? take(book, book.bids, part, step, gone) : null;
};
