import { expect } from 'chai';
import { CONTEXT_KEYS } from '../../lib/cross-market/columns.js';
import type { UsableBook } from '../../lib/exchange/ports.js';
import type { MeasuredTape } from '../../lib/market-data/scans.js';
import { afterBook, afterTape, nothingSeen, snapshotOf, tradableOf } from '../../lib/market-data/snapshots.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { candle } from '../support/broker.js';

/**
 * A tape of two markets of which only these have a candle, with every value of the context at
 * `value`.
 */
const tape = (n: number, lanes: readonly number[], value: number): MeasuredTape => ({
  ...tapeOf(
    lanes.map(lane => candle(n, 100 + lane, 102, 99, 101 + n, lane)),
    2,
  ),
  indicators: new Map([['rsi_14', Float64Array.of(40 + n, 60 + n)]]),
  context: new Map(CONTEXT_KEYS.map(key => [key, Float64Array.of(value, value)])),
  verdict: Uint8Array.of(Verdict.tradable, Verdict.notJudged),
});
const level = (price: number) => ({ price, size: 1, at: 0 });
const book: UsableBook = { usable: true, bids: [level(99)], asks: [level(101)], newest: 0, skipped: 2 };
const none = nothingSeen(2);
const order = { marketId: 7, at: 20 * MINUTE_MS, volumeUsd: 1e6 };

describe('what a snapshot keeps of a market', () => {
  it('is all as of its last candle, the context among it', () => {
    expect(snapshotOf(none, 0, order)).to.equal(null);
    const latest = afterTape(afterTape(none, tape(0, [0, 1], 0.25)), tape(1, [1], -0.5));
    expect(snapshotOf(latest, 0, order)).to.deep.equal({
      marketId: 7,
      at: order.at,
      ohlcv: { open: 100, high: 102, low: 99, close: 101, volume: 1 },
      indicators: { rsi_14: 40, ...Object.fromEntries(CONTEXT_KEYS.map(key => [key, 0.25])) },
      book: null,
      tradingVolume: 1e6,
      sentiment: 0.25,
      correlationBtc: 0.25,
    });
    expect(snapshotOf(latest, 1, order)).to.deep.include({ sentiment: -0.5, correlationBtc: -0.5 });
    expect(tradableOf(latest)).to.deep.equal([0]);
  });

  it('is null where it is not known', () => {
    const latest = afterTape(none, tape(0, [0], NaN));
    const unknown = { sentiment: null, correlationBtc: null, tradingVolume: null };
    expect(snapshotOf(latest, 0, { ...order, volumeUsd: NaN })).to.deep.include(unknown);
  });

  it('is the last order book of the ten minutes before, and none from later', () => {
    const bookAt = (at: number, taken: UsableBook | null = book) =>
      snapshotOf(afterBook(afterTape(none, tape(0, [0], 0)), 0, taken, at), 0, order)!.book;
    expect(bookAt(order.at)).to.deep.equal({ at: order.at, bids: book.bids, asks: book.asks, asked: 498 }); // 500 − 2
    expect(bookAt(order.at - 10 * MINUTE_MS + 1)).not.to.equal(null);
    expect(bookAt(order.at - 10 * MINUTE_MS)).to.equal(null);
    expect(bookAt(order.at + 1)).to.equal(null);
    expect(bookAt(order.at, null)).to.equal(null);
  });
});
