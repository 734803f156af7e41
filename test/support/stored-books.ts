import type { BookLevel } from '../../lib/exchange/ports.js';
import type { StoredBook, StoredBooks } from '../../lib/portfolio/stored-books.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { History } from './replay.js';

/** A number from 0 to 1 that is always the same for the same numbers. */
const drawn = (...numbers: readonly number[]): number => {
  let state = 2_166_136_261;
  for (const number of numbers) state = Math.imul(state ^ number, 16_777_619) ^ (state >>> 15);
  return (Math.imul(state ^ (state >>> 13), 1_274_126_177) >>> 0) / 2 ** 32;
};

/**
 * Order books, thin and deep, of two thirds of a history's traded minutes, each around a price of
 * its minute's candle: what a live run could have stored. A book tells of its own minute only.
 */
export const booksOf = ({ tape, settings }: History, seed: number): StoredBooks => ({
  of: (market, minute) => {
    const row = (minute - tape.start) / MINUTE_MS;
    const cell = market * tape.minutes + row;
    if (tape.cell[cell] !== Cell.traded) return [];
    const { initialBalance } = settings.portfolio;
    const [low, high] = [tape.low[cell]!, tape.high[cell]!];
    const of = (n: number): StoredBook => {
      const draw = (i: number) => drawn(seed, market, row, n, i);
      const price = low + draw(0) * (high - low);
      const half = price * 0.002 * (0.01 + draw(1));
      const at = minute + Math.floor(59_999 * ((n + draw(2)) / 2));
      const side = (way: 1 | -1): BookLevel[] =>
        Array.from({ length: 1 + Math.floor(6 * draw(3)) }, (_, i) => ({
          price: price + way * half * (1 + i * (0.2 + draw(4))),
          size: ((initialBalance / price) * (0.001 + draw(5 + i))) / 20,
          at,
        }));
      const kind = (['snapshot', 'entry', 'exit'] as const)[Math.floor(3 * draw(20))]!;
      const most = kind === 'snapshot' ? 4 : Infinity;
      const kept = (levels: BookLevel[]) => levels.slice(0, most);
      return { at, of: kind, most, book: { usable: true, bids: kept(side(-1)), asks: kept(side(1)), newest: at } };
    };
    return Array.from({ length: Math.floor(3 * drawn(seed, market, row)) }, (_, n) => of(n));
  },
});
