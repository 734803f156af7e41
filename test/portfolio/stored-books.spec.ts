import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import { BookBroker } from '../../lib/portfolio/book-broker.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import type { StoredBook, StoredBooks } from '../../lib/portfolio/stored-books.js';
import { bookOf } from '../support/book.js';
import { candle, free, minute, opportunity, play, risk, type Story } from '../support/broker.js';

type Levels = Parameters<typeof bookOf>[0];

const stored = (
  n: number,
  bids: Levels,
  asks: Levels,
  { second = 30, of = 'snapshot', most = 20 }: { second?: number; of?: StoredBook['of']; most?: number } = {},
): StoredBook => {
  const book = bookOf(bids, asks);
  if (!book.usable) throw new Error('not usable');
  return { at: minute(n) + 1_000 * second, of, book, most };
};
const booksOf = (...all: StoredBook[]): StoredBooks => ({
  of: (market, at) =>
    market === 0 ? all.filter(book => book.at >= at && book.at < at + 60_000).map(book => ({ ...book })) : [],
});

const flat = (n: number) => candle(n, 100, 100, 100, 100);
/** Bought in minute 1, then what the candles of the minutes from 2 on bring. */
const story = (books: StoredBooks, candles: Story['candles'] = [], over: Partial<Story> = {}) =>
  play({ candles: [flat(0), flat(1), ...candles], opportunities: [opportunity(0)], books, ...over });

const trades = (events: readonly PositionEvent[]) =>
  events.flatMap(event => (event.kind === 'opened' ? [event.trade] : []));
const exits = (events: readonly PositionEvent[]) =>
  events.flatMap(event => (event.kind === 'exited' ? [[event.exit.price, event.exit.size, event.exit.reason]] : []));

describe('a backtest with stored order books', () => {
  it('buys by walking the asks of the minute, and says that it did', () => {
    const books = booksOf(stored(1, [[99, 5]], [[101, 2], [102, 9]])); // prettier-ignore
    const costs = { takerFee: 0.004, spread: 9, slippage: 9 }; // of the costs for candles only the fee counts
    const { events, settlement } = story(books, [], { costs });
    const [trade] = trades(events);
    // 500 = 2 · 101 + 298, and 298 / 102 = 2.92156862…
    expect(trade).to.deep.include({
      entryAt: minute(1),
      size: 4.92156862,
      entryPrice: (202 + 2.92156862 * 102) / 4.92156862,
    });
    expect(trade!.entryCosts.fee).to.be.closeTo(0.004 * (202 + 2.92156862 * 102), 1e-10);
    expect(trade!.entryCosts.halfSpread).to.be.closeTo(4.92156862 * 1, 1e-12); // best 101, middle 100
    expect(trade!.entryCosts.slippage).to.be.closeTo(2.92156862 * 1, 1e-12);
    expect(settlement.walked).to.equal(1);
  });

  it('buys at the open where the book is of another minute', () => {
    for (const n of [0, 2]) {
      const { events, settlement } = story(booksOf(stored(n, [[99, 5]], [[101, 9]])));
      expect([trades(events)[0]!.entryPrice, settlement.walked]).to.deep.equal([100, 0]);
    }
  });

  it('takes the book that a live entry walked before any other of the minute, else the first', () => {
    const early = stored(1, [[99, 5]], [[101, 9]], { second: 10 });
    const own = stored(1, [[99, 5]], [[103, 9]], { second: 50, of: 'entry', most: Infinity });
    const sold = stored(1, [[99, 5]], [[104, 9]], { second: 5, of: 'exit', most: Infinity });
    expect(trades(story(booksOf(sold, early, own)).events)[0]!.entryPrice).to.equal(103);
    expect(trades(story(booksOf(early)).events)[0]!.entryPrice).to.equal(101);
  });

  it('is refused for depth that a whole book lacks, and buys at the open where only its best levels were kept', () => {
    const thin: Levels = [[101, 1], [102, 1]]; // prettier-ignore
    const { events, settlement } = story(booksOf(stored(1, [[99, 5]], thin, { most: 3 })));
    expect(events.map(event => ('reason' in event ? event.reason : event.kind))).to.deep.equal(['no_depth']);
    expect(settlement.walked).to.equal(0);
    const cut = story(booksOf(stored(1, [[99, 5]], thin, { most: 2 })));
    expect([trades(cut.events)[0]!.entryPrice, cut.settlement.walked]).to.deep.equal([100, 0]);
    const far: Levels = [[101, 1], [107, 1]]; // prettier-ignore
    const reached = story(booksOf(stored(1, [[99, 5]], far, { most: 2 }))); // all within 5 % of 101 is known
    expect(reached.events.map(event => ('reason' in event ? event.reason : event.kind))).to.deep.equal(['no_depth']);
  });

  const fall = candle(2, 99, 99, 96, 97); // under the stop at 98
  const after = candle(3, 97, 97, 97, 97);

  it('sells a stop to the bids of the minute, the rest at the next candle', () => {
    const books = booksOf(stored(2, [[97.5, 2], [97, 1]], [[98, 1]])); // prettier-ignore
    const { events, settlement } = story(books, [fall, after], { costs: { ...free, spread: 0.02 } });
    const { size } = trades(events)[0]!; // 500 / (100 · 1.01)
    expect(exits(events)).to.deep.equal([
      [(2 * 97.5 + 97) / 3, 3, 'stop_loss'],
      [97 * 0.99, size - 3, 'stop_loss'],
    ]);
    expect(settlement.walked).to.equal(1);
  });

  it('sells a stop at the candle where no bid of the minute is at it: that was another moment', () => {
    const { events, settlement } = story(booksOf(stored(2, [[99, 50]], [[100, 1]])), [fall]);
    expect(exits(events)).to.deep.equal([[98, 5, 'stop_loss']]);
    expect(settlement.walked).to.equal(0);
  });

  it('sells a stop at the candle where only the best bids were kept and do not hold it', () => {
    const books = booksOf(stored(2, [[97, 1], [96.9, 1]], [[98, 1]], { most: 2 })); // prettier-ignore
    expect(exits(story(books, [fall]).events)).to.deep.equal([[98, 5, 'stop_loss']]);
  });

  it('sells targets to bids over them, each at what the one before has left, and else at the candle', () => {
    const rise = candle(2, 100, 104, 100, 104); // over 101.5 and 103
    const books = booksOf(stored(2, [[103.5, 2], [103, 10]], [[104, 1]])); // prettier-ignore
    expect(exits(story(books, [rise]).events)).to.deep.equal([
      [103.5, 1.5, 'take_profit'],
      [(0.5 * 103.5 + 1.5 * 103) / 2, 2, 'take_profit'],
    ]);
    const between = booksOf(stored(2, [[102, 10]], [[104, 1]])); // over the first target only
    expect(exits(story(between, [rise]).events)).to.deep.equal([
      [102, 1.5, 'take_profit'],
      [103, 2, 'take_profit'],
    ]);
  });

  it('takes the first book whose bid calls for the sale', () => {
    const [early, late] = [stored(2, [[99, 50]], [[100, 1]], { second: 10 }), stored(2, [[96.5, 50]], [[98, 1]])];
    const first = stored(2, [[97.9, 50]], [[98, 1]], { second: 20 });
    expect(exits(story(booksOf(early, late), [fall]).events)).to.deep.equal([[96.5, 5, 'stop_loss']]);
    expect(exits(story(booksOf(early, first, late), [fall]).events)).to.deep.equal([[97.9, 5, 'stop_loss']]);
  });

  it('sells the rest of a sale at any bid', () => {
    const books = booksOf(stored(2, [[97, 3]], [[98, 1]]), stored(3, [[99, 50]], [[100, 1]]));
    expect(exits(story(books, [fall, candle(3, 98.5, 99, 98.5, 99)]).events)).to.deep.equal([
      [97, 3, 'stop_loss'],
      [99, 2, 'stop_loss'],
    ]);
  });

  it('fills at the very prices and sizes of the live fills whose books are stored', () => {
    const costs = { takerFee: 0.004, spread: 0.001, slippage: 0.001 };
    const [bought, sold] = [
      bookOf([[99.9, 40]], [[100.1, 3], [100.3, 40]]), // prettier-ignore
      bookOf([[97.8, 1], [97.6, 40]], [[98, 4]]), // prettier-ignore
    ];
    const live = new BookBroker(emptyPortfolio([marketOf('AAA/USD')], 10_000), new Float64Array([NaN]), () => 1);
    live.found([opportunity(0)], minute(1) + 5_000);
    const then = [
      ...live.look(new Map([[0, bought]]), minute(1) + 8_000, { risk: risk(), costs }),
      ...live.look(new Map([[0, sold]]), minute(2) + 40_000, { risk: risk(), costs }),
    ];
    const of = (book: typeof bought, at: number, kind: 'entry' | 'exit'): StoredBook => {
      if (!book.usable) throw new Error('not usable');
      return { at, of: kind, book, most: Infinity };
    };
    const books = booksOf(
      of(bought, minute(1) + 8_000, 'entry'),
      stored(1, [[99, 40]], [[100.05, 40]], { second: 2 }),
      of(sold, minute(2) + 40_000, 'exit'),
    );
    const again = story(books, [candle(2, 99, 99, 97, 97.9)], { costs });
    const fills = (events: readonly PositionEvent[]) =>
      events.flatMap(event =>
        event.kind === 'opened'
          ? [[event.trade.entryPrice, event.trade.size, event.trade.entryCosts]]
          : event.kind === 'exited'
            ? [[event.exit.price, event.exit.size, event.exit.costs, event.exit.profitLoss, event.exit.reason]]
            : [],
      );
    expect(fills(then)).to.have.length(2);
    expect(fills(again.events)).to.deep.equal(fills(then));
    expect(again.settlement.walked).to.equal(2);
  });
});
