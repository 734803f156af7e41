import { expect } from 'chai';
import fc from 'fast-check';
import { bookOf, type SyntheticBook } from '../../lib/simulator/market/books.js';
import { syntheticMarkets } from '../../lib/simulator/market/market.js';
import { tradesOf } from '../../lib/simulator/market/trades.js';
import { Cell } from '../../lib/tape.js';
import { DAY_MS, MINUTE_MS } from '../../lib/units.js';
import { cellOf, wholeTape } from './statistics.js';

const JANUARY = Date.UTC(2026, 0, 1);
const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'MINA/USD', 'ETH/BTC', 'USDT/USD', 'BTC/JPY', 'NOBODY/USD'];
const tape = wholeTape(SYMBOLS, 9, JANUARY, JANUARY + DAY_MS);
const instants = fc.record({
  lane: fc.integer({ min: 0, max: SYMBOLS.length - 1 }),
  at: fc.integer({ min: JANUARY, max: JANUARY + DAY_MS - 1 }),
});

describe('trades of the synthetic market', () => {
  it('add up to the candle of their minute to the last bit', () => {
    SYMBOLS.forEach((symbol, lane) => {
      for (let i = 0; i < 1440; i++) {
        const trades = tradesOf(symbol, 9, JANUARY + i * MINUTE_MS);
        const expected = cellOf(tape, lane, i);
        const prices = trades.map(({ price }) => price);
        const volume = trades.reduce((sum, { size }) => sum + size, 0);
        if (expected[0] === Cell.quiet) expect(trades, `${symbol} ${i}`).to.deep.equal([]);
        else
          expect(
            [Cell.traded, prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1), volume],
            `${symbol} minute ${i}`,
          ).to.deep.equal(expected);
      }
    });
  });

  it('follow one another within their minute, in sizes and prices that the exchange knows', () => {
    const markets = syntheticMarkets(SYMBOLS);
    fc.assert(
      fc.property(instants, ({ lane, at }) => {
        const minute = at - (at % MINUTE_MS);
        const { priceDecimals, amountDecimals } = markets[lane]!;
        let before = minute;
        for (const trade of tradesOf(SYMBOLS[lane]!, 9, minute)) {
          expect(trade.at).to.be.within(before, minute + MINUTE_MS - 1);
          expect(trade.size)
            .to.equal(Number(trade.size.toFixed(amountDecimals)))
            .and.above(0);
          expect(trade.price).to.equal(Number(trade.price.toFixed(priceDecimals)));
          before = trade.at;
        }
      }),
    );
  });

  it('are many in a large market and few in a thin one', () => {
    const mean = (symbol: string) => {
      let trades = 0;
      for (let i = 0; i < 1440; i++) trades += tradesOf(symbol, 9, JANUARY + i * MINUTE_MS).length;
      return trades / 1440;
    };
    expect(mean('BTC/USD')).to.be.above(8);
    expect(mean('MINA/USD')).to.be.within(1, 6);
  });

  it('are none before the listing', () => {
    expect(tradesOf('SOL/USD', 9, Date.UTC(2020, 0, 1))).to.deep.equal([]);
  });
});

describe('order books of the synthetic market', () => {
  const isSorted = (prices: readonly number[]) => prices.every((price, i) => i === 0 || price > prices[i - 1]!);
  const touch = ({ bids, asks }: SyntheticBook) => ({ bid: bids[0]![0], ask: asks[0]![0] });

  it('are never crossed, fall off to both sides and hold something at every level', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 500 }), ({ lane, at }, depth) => {
        const book = bookOf(SYMBOLS[lane]!, 9, at, depth);
        expect(book.asks).to.have.length(depth);
        const prices = [...book.bids.toReversed(), ...book.asks].map(([price]) => price);
        expect(isSorted(prices)).to.equal(true);
        expect(prices[0]).to.be.above(0);
        for (const [, size] of [...book.bids, ...book.asks]) expect(size).to.be.above(0);
      }),
    );
  });

  it('surround the last trade, within the spread of their market', () => {
    const widest = [0.0003, 0.0004, 0.006, 0.0006, 0.0004, 0.0006, 0.008];
    fc.assert(
      fc.property(instants, ({ lane, at }) => {
        const minute = at - (at % MINUTE_MS);
        const i = (minute - JANUARY) / MINUTE_MS;
        const last =
          tradesOf(SYMBOLS[lane]!, 9, minute).findLast(trade => trade.at <= at)?.price ??
          (i > 0 ? cellOf(tape, lane, i - 1)[4]! : null);
        const { bid, ask } = touch(bookOf(SYMBOLS[lane]!, 9, at, 1));
        if (last !== null) {
          expect(bid).to.be.below(last);
          expect(ask).to.be.above(last);
        }
        expect((ask - bid) / bid, SYMBOLS[lane]).to.be.below(widest[lane]!);
      }),
    );
  });

  it('are the top of a deeper one', () => {
    const deep = bookOf('BTC/USD', 9, JANUARY, 100);
    const { bids, asks } = bookOf('BTC/USD', 9, JANUARY, 10);
    expect({ bids, asks }).to.deep.equal({ bids: deep.bids.slice(0, 10), asks: deep.asks.slice(0, 10) });
  });

  it('stand around the close when their minute ends', () => {
    for (let i = 0; i < 1440; i += 7) {
      const { bid, ask } = touch(bookOf('BTC/USD', 9, JANUARY + (i + 1) * MINUTE_MS - 1, 1));
      expect(cellOf(tape, 0, i)[4]).to.be.within(bid, ask);
    }
  });

  it('are the same when asked for again, whatever was asked for in between', () => {
    const before = bookOf('MINA/USD', 9, JANUARY + 12_345_678, 20);
    for (let i = 0; i < 200; i++) bookOf('MINA/USD', 9, JANUARY - i * DAY_MS, 1);
    expect(bookOf('MINA/USD', 9, JANUARY + 12_345_678, 20)).to.deep.equal(before);
  });

  it('carry a thousand dollars within 5 % even in the thin market', () => {
    const { asks } = bookOf('MINA/USD', 9, JANUARY + DAY_MS / 2, 100);
    const best = asks[0]![0];
    const worth = asks.reduce((sum, [price, size]) => sum + (price <= best * 1.05 ? price * size : 0), 0);
    expect(worth).to.be.above(1_000);
  });

  it('are empty before the listing', () => {
    expect(bookOf('SOL/USD', 9, Date.UTC(2020, 0, 1), 10)).to.deep.equal({ bids: [], asks: [] });
  });
});
