import { expect } from 'chai';
import { CONTEXT_KEYS } from '../../lib/cross-market/columns.js';
import { contextOf } from '../../lib/cross-market/context.js';
import { ContextSet } from '../../lib/cross-market/set.js';
import { marketOf } from '../../lib/market.js';
import { Cell, emptyTape, sliceTape, type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Listing } from '../../lib/universe/universe.js';

const listing = (symbol: string, sector: string | null = null, auxiliary = false): Listing => ({
  market: marketOf(symbol),
  firstCandleAt: 0,
  sector,
  auxiliary,
});
/** A market that stands at 100 for its first minutes, then at another price. */
const step = (market: number, close: number, minutes = 31, from = 0): Candle[] =>
  Array.from({ length: minutes }, (_, n) => {
    const price = n < 16 ? 100 : close;
    return { market, at: (from + n) * MINUTE_MS, open: price, high: price, low: price, close: price, volume: 1 };
  });

describe('the context of a market', () => {
  it('correlates with bitcoin in the portfolio’s currency, else in dollars, else in dollar coins', () => {
    const lane = (symbols: readonly string[], currency: string) =>
      contextOf(
        symbols.map(symbol => listing(symbol)),
        currency,
      ).bitcoin;
    expect(lane(['ADA/EUR', 'BTC/EUR', 'BTC/USD'], 'EUR')).to.equal(1);
    expect(lane(['ADA/EUR', 'BTC/EUR', 'BTC/USD'], 'GBP')).to.equal(2);
    expect(lane(['ADA/USDT', 'BTC/USDT'], 'EUR')).to.equal(1);
    expect(lane(['ADA/USD', 'ETH/BTC'], 'USD')).to.equal(-1);
  });

  it('is computed from the tracked markets of each sector, coin by coin', () => {
    const { lanes, sectors } = contextOf(
      [
        listing('AAVE/USD', 'defi'),
        listing('BTC/USD', 'layer-1', true),
        listing('ETH/EUR', 'layer-1'),
        listing('ETH/USD', 'layer-1'),
        listing('SOL/USD', 'layer-1'),
        listing('XYZ/USD'),
      ],
      'USD',
    );
    expect(lanes).to.equal(6);
    expect(sectors).to.deep.equal([
      [{ lanes: [0], tracked: [0] }],
      [
        { lanes: [1], tracked: [] },
        { lanes: [2, 3], tracked: [2, 3] },
        { lanes: [4], tracked: [4] },
      ],
    ]);
  });
});

describe('ContextSet', () => {
  const at = (listings: readonly Listing[], candles: readonly Candle[], minute: number) => {
    const tape = tapeOf(candles, listings.length);
    const columns = new ContextSet(contextOf(listings, 'USD')).advance(tape);
    return (lane: number) => {
      const cell = lane * tape.minutes + minute - tape.start / MINUTE_MS;
      return { sector: columns.get('sector_return_15')![cell]!, breadth: columns.get('breadth')![cell]! };
    };
  };

  it('says how many markets have risen in 15 minutes, and what the others of the sector made', () => {
    const listings = ['AAA/USD', 'BBB/USD', 'CCC/USD', 'DDD/USD'].map((symbol, n) =>
      listing(symbol, n < 3 ? 's' : null),
    );
    const candles = [...step(0, 110), ...step(1, 104), ...step(2, 99), ...step(3, 100)];
    // Two of four have risen, by 10 % and 4 %; one has fallen by 1 %, one stands: 2 · 2/4 − 1
    const value = at(listings, candles, 20);
    expect(value(0).breadth).to.equal(0);
    expect([0, 1, 2].map(lane => value(lane).sector)).to.deep.equal([(4 - 1) / 2, (10 - 1) / 2, (10 + 4) / 2]);
    expect(value(3).sector).to.be.NaN;
    // No return of 15 minutes is known before the 16th candle, and none above 0 before the 17th.
    expect(at(listings, candles, 14)(0).breadth).to.be.NaN;
    expect(at(listings, candles, 15)(0).breadth).to.equal(-1);
  });

  it('leaves out the other markets of the same coin, and tells markets that only give prices as well', () => {
    const listings = [
      listing('AAA/USD', 's'),
      listing('AAA/EUR', 's'),
      listing('BBB/USD', 's'),
      listing('AAA/GBP', 's', true),
    ];
    const candles = [...step(0, 110), ...step(1, 108), ...step(2, 99), ...step(3, 190)];
    const sector = [0, 1, 2, 3].map(lane => at(listings, candles, 20)(lane).sector);
    expect(sector).to.deep.equal([-1, -1, (10 + 8) / 2, -1]);
  });

  it('uses the last known values of a market for an hour', () => {
    const listings = [listing('AAA/USD', 's'), listing('BBB/USD', 's')];
    const candles = [...step(0, 99, 100), ...step(1, 110, 20)]; // of minute 19: + 10 %
    expect(at(listings, candles, 78)(0)).to.deep.equal({ sector: 10, breadth: 0 }); // AAA stands: one of two
    expect(at(listings, candles, 79)(0)).to.deep.equal({ sector: NaN, breadth: -1 });
  });

  it('counts no market that only gives prices', () => {
    const listings = [listing('AAA/USD', 's'), listing('BBB/USD', 's', true)];
    expect(at(listings, [...step(0, 99), ...step(1, 110)], 20)(0)).to.deep.equal({ sector: NaN, breadth: -1 });
  });

  it('gives late candles the values that they would have had in time, up to half a day later', () => {
    const listings = [listing('AAA/USD', 's'), listing('BBB/USD', 's'), listing('BTC/USD')];
    const minutes = 1_100;
    const wavy = (market: number, pace: number) =>
      step(market, 100, minutes).map((each, n) => {
        const close = 100 + 5 * Math.sin(n / pace);
        return { ...each, close, high: 106, low: 94 - (n % 13) };
      });
    const whole = tapeOf([...wavy(0, 7), ...wavy(1, 11), ...wavy(2, 5)], 3);
    const wanted = new ContextSet(contextOf(listings, 'USD')).advance(whole);
    for (const [from, to] of [
      [250, 300],
      [200, 920],
    ] as const) {
      const length = to - from;
      const early = sliceTape(whole, from, to);
      const late = sliceTape(whole, from, to);
      early.cell.fill(Cell.absent, length, 2 * length); // BBB
      for (const lane of [0, 2]) late.cell.fill(Cell.absent, lane * length, (lane + 1) * length);
      const set = new ContextSet(contextOf(listings, 'USD'));
      set.advance(sliceTape(whole, 0, from));
      const before = set.advance(early);
      const then = set.advance(late);
      const after = set.advance(sliceTape(whole, to, minutes));
      for (const key of CONTEXT_KEYS) {
        const of = (lane: number, first: number, end: number) =>
          wanted.get(key)!.slice(lane * minutes + first, lane * minutes + end);
        expect(then.get(key)!.slice(length, 2 * length), key).to.deep.equal(of(1, from, to));
        const rest = minutes - to;
        for (const lane of [0, 1, 2])
          expect(after.get(key)!.slice(lane * rest, (lane + 1) * rest), key).to.deep.equal(of(lane, to, minutes));
        // What AAA's sector made is BBB's return, of which nothing new has come, and is forgotten
        // after an hour.
        const own = before.get(key)!.slice(0, length);
        const known = (_: number, n: number) => (n < 59 ? of(0, from - 1, from)[0]! : NaN);
        if (key === 'sector_return_15') expect(own).to.deep.equal(new Float64Array(length).map(known));
        else if (key !== 'breadth') expect(own, key).to.deep.equal(of(0, from, to));
      }
    }
  });

  it('has nothing to say of cells without a candle, whatever was written there before', () => {
    const listings = [listing('AAA/USD', 's'), listing('BBB/USD', 's'), listing('BTC/USD')];
    const whole = tapeOf([...step(0, 110, 90), ...step(1, 104, 90), ...step(2, 120, 90)], 3);
    const set = new ContextSet(contextOf(listings, 'USD'));
    const spent = set.advance(sliceTape(whole, 0, 45));
    const holed = sliceTape(whole, 45, 90);
    holed.cell.fill(Cell.absent, 45, 90); // all of BBB
    const columns = set.advance(holed, spent);
    expect(columns).to.equal(spent);
    for (const key of CONTEXT_KEYS) expect(columns.get(key)!.subarray(45, 90).every(Number.isNaN), key).to.equal(true);
    expect(
      set
        .advance(emptyTape(90 * MINUTE_MS, 2, 3))
        .get('breadth')!
        .every(Number.isNaN),
    ).to.equal(true);
  });
});
