import { expect } from 'chai';
import { BookWatch, CONFIRM_MS, FORGET_MS, UNCHANGED_MS } from '../../lib/exchange/book-watch.js';
import type { OrderBook } from '../../lib/exchange/ports.js';
import { bookOf, unusable } from '../support/book.js';
import { START } from '../support/broker.js';

const around = (price: number, size = 1): OrderBook => bookOf([[price - 1, size]], [[price + 1, size]]);
const what = (book: OrderBook): string => (book.usable ? 'usable' : book.fault);

/** What becomes of books that come at these seconds. */
const judged = (books: readonly (readonly [second: number, book: OrderBook])[], known?: number): string[] => {
  const watch = new BookWatch(0.5);
  return books.map(([second, book]) => what(watch.judge('AAA/USD', book, START + 1_000 * second, known)));
};

describe('a series of order books', () => {
  it('is used as it comes while it changes', () => {
    expect(judged([[0, around(100)], [10, around(101)], [20, around(80)], [3_000, around(110)]])).to.deep.equal(
      Array(4).fill('usable'),
    ); // prettier-ignore
  });

  it('is not used once the very same levels have come for more than five minutes, until one of them changes', () => {
    expect(UNCHANGED_MS).to.equal(300_000);
    expect(
      judged([[0, around(100)], [150, around(100)], [300, around(100)], [301, around(100)], [302, around(100, 2)], [303, around(100, 2)]]),
    ).to.deep.equal(['usable', 'usable', 'usable', 'unchanged', 'usable', 'usable']); // prettier-ignore
  });

  it('calls levels changed that were put there again', () => {
    const again = around(100) as Extract<OrderBook, { usable: true }>;
    const later = { ...again, bids: again.bids.map(level => ({ ...level, at: level.at + 1 })) };
    expect(judged([[0, again], [300, later], [600, later]])).to.deep.equal(['usable', 'usable', 'usable']); // prettier-ignore
  });

  it('does not believe one that jumped by more than half, unless the next one says the same', () => {
    expect(judged([[0, around(100)], [10, around(40)], [20, around(100)], [30, around(40)], [40, around(41)]])).to.deep.equal(
      ['usable', 'suspect', 'usable', 'suspect', 'usable'],
    ); // prettier-ignore
    expect(judged([[0, around(100)], [10, around(40)], [20, around(90)], [30, around(89)]])).to.deep.equal(
      ['usable', 'suspect', 'usable', 'usable'], // within half of the last good one
    ); // prettier-ignore
    expect(judged([[0, around(100)], [10, around(300)], [20, around(20)], [30, around(21)]])).to.deep.equal(
      ['usable', 'suspect', 'suspect', 'usable'],
    ); // prettier-ignore
  });

  it('is forgotten when none has come for an hour and another market has one, so that markets that are gone take no memory', () => {
    const watch = new BookWatch(0.5);
    const judge = (symbol: string, atMs: number, price: number) =>
      what(watch.judge(symbol, around(price), START + atMs));
    expect(FORGET_MS).to.equal(3_600_000);
    expect(judge('AAA/USD', 0, 100)).to.equal('usable');
    expect(judge('BBB/USD', FORGET_MS, 100)).to.equal('usable');
    expect(judge('AAA/USD', FORGET_MS, 10)).to.equal('suspect'); // it is remembered
    expect(judge('CCC/USD', 2 * FORGET_MS + 1, 100)).to.equal('usable');
    expect(judge('AAA/USD', 2 * FORGET_MS + 2, 100)).to.equal('usable'); // as a first one is
    expect(judge('BBB/USD', 2 * FORGET_MS + 3, 10)).to.equal('usable');
  });

  it('takes exactly half for no jump', () => {
    const at = (bid: number) => bookOf([[bid, 1]], [[150, 1]]);
    expect(judged([[0, at(100)], [10, at(50)]])).to.deep.equal(['usable', 'usable']); // prettier-ignore
    expect(judged([[0, at(100)], [10, at(49.99)]])).to.deep.equal(['usable', 'suspect']); // prettier-ignore
  });

  it('asks both sides: an ask alone can be absurd', () => {
    const absurd = bookOf([[99, 1]], [[1_000, 1]]);
    expect(judged([[0, around(100)], [10, absurd], [20, around(100)]])).to.deep.equal(['usable', 'suspect', 'usable']); // prettier-ignore
  });

  it('is not confirmed by a look at the same moment', () => {
    const ms = CONFIRM_MS / 1_000;
    expect(judged([[0, around(100)], [10, around(40)], [10 + ms - 1, around(40, 2)], [10 + ms, around(40, 3)]])).to.deep.equal(
      ['usable', 'suspect', 'suspect', 'usable'],
    ); // prettier-ignore
  });

  it('is not confirmed by itself, however often it comes', () => {
    expect(judged([[0, around(100)], [10, around(40)], [20, around(40)], [90, around(40)], [91, around(40, 2)]])).to.deep.equal(
      ['usable', 'suspect', 'suspect', 'suspect', 'usable'],
    ); // prettier-ignore
  });

  it('is judged by the last known price where there is one', () => {
    expect(judged([[0, around(40)]])).to.deep.equal(['usable']);
    expect(judged([[0, around(40)], [10, around(40, 2)]], 100)).to.deep.equal(['suspect', 'usable']); // prettier-ignore
  });

  it('is one of each market, and what cannot be used is left as it is', () => {
    const watch = new BookWatch(0.5);
    watch.judge('AAA/USD', around(100), START);
    expect(what(watch.judge('BBB/USD', around(5), START))).to.equal('usable');
    expect(watch.judge('AAA/USD', unusable('crossed'), START + 1)).to.deep.equal(unusable('crossed'));
    expect(what(watch.judge('AAA/USD', around(5), START + 10_000))).to.equal('suspect'); // it knows the 100 still
  });
});
