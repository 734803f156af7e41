import { expect } from 'chai';
import { SwingLevel } from '../../lib/cross-market/swings.js';

type Bar = readonly [low: number, high: number, close: number];

/** A candle that closes at a price, with its low and high 1 away. */
const around = (close: number): Bar => [close - 1, close + 1, close];
const nearest = (side: 'support' | 'resistance', bars: readonly Bar[]): number[] => {
  const column = (n: 0 | 1 | 2) => Float64Array.from(bars, bar => bar[n]);
  const out = new Float64Array(bars.length);
  new SwingLevel(side).advance({ low: column(0), high: column(1), close: column(2) }, 0, bars.length, [out], 0);
  return [...out];
};
/** Prices that fall by 1 to a turn, and rise by 1 from there. */
const valley = (bottom: number, before: number, after: number): Bar[] =>
  Array.from({ length: before + 1 + after }, (_, n) => around(bottom + Math.abs(n - before)));

describe('support and resistance', () => {
  it('know a swing when five candles have closed behind it, not earlier', () => {
    const support = nearest('support', valley(100, 5, 7));
    expect(support.slice(0, 10).every(Number.isNaN)).to.equal(true);
    expect(support.slice(10)).to.deep.equal([99, 99, 99]); // candle 5 has the low 100 − 1
    const turned = valley(100, 5, 7).map(([low, high, close]): Bar => [200 - high, 200 - low, 200 - close]);
    expect(nearest('resistance', turned).slice(10)).to.deep.equal([101, 101, 101]);
  });

  it('know no swing with fewer than five candles before it', () => {
    expect(nearest('support', valley(100, 4, 20)).every(Number.isNaN)).to.equal(true);
  });

  it('give the nearest of several that lie below the close, none where all are above or at it', () => {
    // lows of 99 and 104; then the close falls through both
    const bars = [...valley(100, 6, 12), ...valley(105, 6, 9), ...[105, 104, 103, 99.5, 99, 98].map(around)];
    expect(nearest('support', bars).slice(-7)).to.deep.equal([104, 104, 99, 99, 99, NaN, NaN]);
  });

  it('take the first of equal lows, and no shelf on the way', () => {
    // falls to 99, stays there for four candles, rises: one swing, five candles behind its first
    // low
    const flat = [...valley(100, 6, 0), ...[100, 100, 100].map(around), ...[101, 102, 103].map(around)];
    expect(nearest('support', flat)).to.deep.equal([...Array<number>(11).fill(NaN), 99, 99]);
    // rises, stays, rises: the first of the flat lows is higher than what came before
    const shelf = [
      ...Array.from({ length: 6 }, (_, n) => around(100 + n)),
      ...Array<Bar>(20).fill(around(105)),
      around(107),
    ];
    expect(nearest('support', shelf).every(Number.isNaN)).to.equal(true);
    // a double bottom within five candles is one swing: the lower, or the first
    const double = [...valley(100, 6, 2), ...valley(100, 1, 8)];
    expect(nearest('support', double).indexOf(99)).to.equal(11);
  });

  it('forget a swing that is not among the last 720 candles', () => {
    const bars = [...valley(100, 5, 5), ...Array.from({ length: 800 }, (_, n) => around(110 + n))];
    const support = nearest('support', bars);
    // candle 5: the last 720 candles of candle 724 are 5 to 724
    expect([support[724], support[725]]).to.deep.equal([99, NaN]);
  });

  it('are those of the candles seen, however they come', () => {
    const bars = [...valley(100, 9, 14), ...valley(107, 7, 9), ...valley(90, 25, 8)];
    const column = (n: 0 | 1 | 2) => Float64Array.from(bars, bar => bar[n]);
    const prices = { low: column(0), high: column(1), close: column(2) };
    for (const length of [1, 3, 11]) {
      const level = new SwingLevel('support');
      const out = new Float64Array(bars.length);
      for (let from = 0; from < bars.length; from += length)
        level.advance(prices, from, Math.min(bars.length, from + length), [out], 0);
      expect([...out]).to.deep.equal(nearest('support', bars));
    }
  });
});
