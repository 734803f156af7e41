import { expect } from 'chai';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import { LaneMemory } from '../../lib/market-data/memory.js';
import type { OhlcRow } from '../../lib/exchange/ports.js';
import { CandleColumns, type Candles } from '../../lib/market-data/candles.js';
import { EMPTY_SERIES } from '../../lib/market-data/series.js';
import { MINUTE_MS } from '../../lib/units.js';
import { minute, quietRow, row } from './answers.js';

const MEMORY_MINUTES = KRAKEN_HISTORY.candlesBack;
const MAX_JUMP = 0.5;
const judged = (good: number) => ({ at: Number.NaN, close: good, good, pending: Number.NaN });

/** Remembers minutes from 0 on: a close, suspect from 300 on, or quiet at a price. */
const remembering = (minutes: readonly (number | { readonly quiet: number } | null)[], given = true) => {
  const memory = new LaneMemory(MEMORY_MINUTES, EMPTY_SERIES, MAX_JUMP);
  const stored = new CandleColumns(16);
  minutes.forEach((each, n) => {
    if (each === null) return;
    const price = typeof each === 'number' ? each : each.quiet;
    const [volume, trades, vwap] = typeof each === 'number' ? [1, 2, price] : [0, 0, Number.NaN];
    const i = stored.push(minute(n), price, price, price, price, volume, trades, vwap);
    stored.quiet[i] = typeof each === 'number' ? 0 : 1;
    stored.suspect[i] = price >= 300 ? 1 : 0;
    memory.add(stored, i, given);
  });
  return memory;
};
const lines = (candles: Candles): readonly string[] =>
  Array.from({ length: candles.length }, (_, i) => {
    const kind = candles.quiet[i] ? 'q' : candles.suspect[i] ? 's' : 't';
    return `${(candles.at[i]! - minute(0)) / MINUTE_MS} ${kind} ${candles.close[i]}`;
  });
const compare = (memory: LaneMemory, rows: readonly OhlcRow[], good: number, source: 'ohlc' | 'trades' = 'ohlc') =>
  lines(memory.compare(rows, judged(good), source));

describe('what a lane remembers', () => {
  it('says nothing to rows that say the same, nor to the claim that a traded minute was quiet', () => {
    const memory = remembering([100, { quiet: 100 }, 101]);
    expect(compare(memory, [row(0), quietRow(1, 5), row(2, 101), quietRow(0)], 101)).to.deep.equal([]);
    expect(memory.agreeing([row(0), quietRow(1), quietRow(2)], minute(0), minute(3))).to.deep.equal([
      { from: minute(0), to: minute(2) }, // not that the last one was quiet
    ]);
  });

  it('takes a late trade, and moves the quiet minutes that were flat at what is revised, once', () => {
    const memory = remembering([100, { quiet: 100 }, { quiet: 100 }, 101, { quiet: 101 }]);
    expect(compare(memory, [row(1, 99)], 101)).to.deep.equal(['1 t 99', '2 q 99']);
    expect(compare(memory, [row(0), row(1, 99)], 101)).to.deep.equal([]);
    expect(compare(memory, [row(3, 102)], 102)).to.deep.equal(['3 t 102', '4 q 102']);
  });

  it('moves quiet minutes that come later too, until another trade', () => {
    const memory = remembering([100]);
    const stored = new CandleColumns(4);
    expect(compare(memory, [row(0, 90)], 100)).to.deep.equal(['0 t 90']); // given out was 100
    stored.quiet[stored.push(minute(1), 100, 100, 100, 100, 0, 0)] = 1;
    memory.add(stored, 0, true);
    expect(compare(memory, [row(0, 90), quietRow(1, 90)], 100)).to.deep.equal(['1 q 90']);
    stored.push(minute(2), 95, 95, 95, 95, 1, 2, 95);
    memory.add(stored, 1, true);
    expect(compare(memory, [row(2, 95)], 95)).to.deep.equal([]);
  });

  it('moves what the process before had no time to move', () => {
    const candles = new CandleColumns(2);
    candles.push(minute(0), 90, 90, 90, 90, 1, 2, 90);
    candles.quiet[candles.push(minute(1), 100, 100, 100, 100, 0, 0)] = 1; // 90 was 100 when this came
    const memory = new LaneMemory(MEMORY_MINUTES, EMPTY_SERIES, MAX_JUMP, {
      candles,
      given: new Set([minute(0), minute(1)]),
    });
    expect(compare(memory, [row(0, 90), quietRow(1, 90)], 90)).to.deep.equal(['1 q 90']);
  });

  it('judges the minutes behind a revision anew', () => {
    // 300 was suspect: with 290 before it, it confirms a jump
    expect(compare(remembering([100, 101, 300]), [row(1, 290)], 101)).to.deep.equal(['1 s 290', '2 t 300']);
    // 400 right behind a suspect 300 is no longer one if that is confirmed
    expect(compare(remembering([100, 300, 101]), [row(2, 400)], 101)).to.deep.equal(['2 t 400']);
  });

  it('takes a minute that had been given up', () => {
    const memory = remembering([100, null, null, 102]);
    expect(memory.agreeing([row(1, 101)], minute(0), minute(4))).to.deep.equal([]);
    expect(compare(memory, [row(1, 101), quietRow(2, 101)], 102)).to.deep.equal(['1 t 101', '2 q 101']);
    expect(memory.agreeing([row(1, 101), quietRow(2)], minute(0), minute(4))).to.deep.equal([
      { from: minute(1), to: minute(3) },
    ]);
  });

  it('does not hold the rounding of vwap against minutes that were built from trades, or by trades', () => {
    const exact = { vwap: 100.0004 };
    expect(compare(remembering([100], false), [row(0, 100, exact)], 100)).to.deep.equal([]);
    expect(compare(remembering([100]), [row(0, 100, exact)], 100, 'trades')).to.deep.equal([]);
    expect(compare(remembering([100]), [row(0, 100, exact)], 100)).to.deep.equal(['0 t 100']);
    expect(compare(remembering([100], false), [row(0, 100, { volume: 2 })], 100)).to.deep.equal(['0 t 100']);
  });

  it('knows the latest twelve hours, and of those before them no more than how they were judged', () => {
    const minutes = MEMORY_MINUTES + 10;
    const memory = remembering(Array.from({ length: minutes }, (_, n) => (n < 11 ? 50 : { quiet: 50 })));
    expect(memory.oldest).to.equal(minute(10));
    expect(compare(memory, [row(9, 51)], 50)).to.deep.equal([]);
    expect(compare(memory, [row(11, 120)], 50)).to.deep.equal(['11 s 120']); // against the 50 before
    const far = new CandleColumns(1);
    far.push(minute(5 * minutes), 50, 50, 50, 50, 1, 2, 50);
    memory.add(far, 0, true);
    expect(compare(memory, [row(minutes - 1, 60), row(5 * minutes - MEMORY_MINUTES, 60)], 50)).to.deep.equal([]);
    expect(compare(memory, [row(5 * minutes - 1, 60)], 50)).to.deep.equal([`${5 * minutes - 1} t 60`]);
  });
});
