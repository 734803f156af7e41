import { expect } from 'chai';
import { CandleColumns, sortedCandles } from '../../lib/market-data/candles.js';
import { damageOf, type Minutes } from '../../lib/market-data/damage.js';
import { jumpFilter, NOTHING_JUDGED } from '../../lib/market-data/jump-filter.js';
import { EMPTY_SERIES, seriesFrom, type SeriesState } from '../../lib/market-data/series.js';
import { MINUTE_MS } from '../../lib/units.js';

const RULES = { maxQuietMinutes: 3, maxJump: 0.5 };

/** Closes by minute; a quiet row is written as `{ quiet: close }`. */
const made = (
  closes: Readonly<Record<number, number | { quiet: number }>>,
  seed: SeriesState = EMPTY_SERIES,
  damaged: readonly Minutes[] = [],
) => {
  const rows = new CandleColumns();
  for (const [minute, close] of Object.entries(closes)) {
    const price = typeof close === 'number' ? close : close.quiet;
    const row = rows.push(Number(minute) * MINUTE_MS, price, price + 1, price - 1, price, 7, 2, price + 0.5);
    if (typeof close !== 'number') {
      rows.quiet[row] = 1;
      rows.trades[row] = 0;
    }
  }
  const out = new CandleColumns(1);
  const damage = damageOf(damaged.map(({ from, to }) => ({ from: from * MINUTE_MS, to: to * MINUTE_MS })));
  const series = seriesFrom(seed, RULES, out, damage);
  for (let i = 0; i < rows.length; i++) series.add(rows, i);
  const shown = Array.from({ length: out.length }, (_, i) => {
    const mark = out.suspect[i] ? '!' : out.quiet[i] ? 'q' : '';
    return `${out.at[i]! / MINUTE_MS}:${out.close[i]!}${mark}`;
  });
  return { out, series, shown: shown.join(' ') };
};

describe('a series (semantics §1)', () => {
  it('has no holes where a few minutes are missing: they are quiet, flat at the previous close, without volume or vwap', () => {
    const { out, shown, series } = made({ 1: 100, 5: 101 });
    expect(shown).to.equal('1:100 2:100q 3:100q 4:100q 5:101');
    expect([out.open[2], out.high[2], out.low[2], out.volume[2]]).to.deep.equal([100, 100, 100, 0]);
    expect([out.vwap[2], out.trades[2]]).to.deep.equal([NaN, NaN]);
    expect([out.vwap[4], out.trades[4], out.volume[4]]).to.deep.equal([101.5, 2, 7]);
    expect(series.quiet).to.equal(3);
    expect(series.gaps).to.equal(0);
  });

  it('keeps a hole where more minutes are missing than can be quiet', () => {
    const { shown, series } = made({ 1: 100, 6: 101 });
    expect(shown).to.equal('1:100 6:101');
    expect(series.gaps).to.equal(1);
  });

  it('flags a close more than the allowed jump away from the previous one, up or down', () => {
    expect(made({ 1: 100, 2: 151, 3: 100 }).shown).to.equal('1:100 2:151! 3:100');
    expect(made({ 1: 100, 2: 49, 3: 100 }).shown).to.equal('1:100 2:49! 3:100');
    expect(made({ 1: 100, 2: 150, 3: 75 }).shown).to.equal('1:100 2:150 3:75'); // exactly 50 % is allowed
  });

  it('goes on from a jump that the next traded candle confirms', () => {
    expect(made({ 1: 100, 2: 200, 3: 201, 4: 202 }).shown).to.equal('1:100 2:200! 3:201 4:202');
  });

  it('judges by the last good close what does not confirm the jump', () => {
    expect(made({ 1: 100, 2: 200, 3: 400, 4: 101 }).shown).to.equal('1:100 2:200! 3:400! 4:101');
  });

  it('takes quiet minutes for neither confirmation nor refutation', () => {
    expect(made({ 1: 100, 2: 200, 4: 201 }).shown).to.equal('1:100 2:200! 3:100q 4:201');
    expect(made({ 1: 100, 2: 200, 3: { quiet: 200 }, 4: 201 }).shown).to.equal('1:100 2:200! 3:100q 4:201');
  });

  it('makes reported quiet minutes flat and remembers that they were reported', () => {
    const { out, shown } = made({ 1: { quiet: 99 }, 2: { quiet: 98 }, 3: 100, 4: { quiet: 98 } });
    expect(shown).to.equal('1:99q 2:99q 3:100 4:100q');
    expect([out.trades[0], out.vwap[0], out.volume[0]]).to.deep.equal([0, NaN, 0]);
  });

  it('has no previous close behind a gap: the own price of a quiet row counts there, and for what is quiet behind it', () => {
    const { shown } = made({ 1: 100, 9: { quiet: 120 }, 10: { quiet: 125 }, 13: 121, 14: { quiet: 120 } });
    expect(shown).to.equal('1:100 9:120q 10:120q 11:120q 12:120q 13:121 14:121q');
  });

  describe('with damaged minutes', () => {
    it('has a gap from the first of them on, and is quiet before it', () => {
      const { shown, series } = made({ 1: 100, 5: 101, 7: 102 }, EMPTY_SERIES, [{ from: 3, to: 3 }]);
      expect(shown).to.equal('1:100 2:100q 5:101 6:101q 7:102');
      expect(series).to.include({ gaps: 1, quiet: 2 });
    });

    it('takes the own price of a quiet row behind them', () => {
      expect(made({ 1: 100, 3: { quiet: 120 } }, EMPTY_SERIES, [{ from: 2, to: 2 }]).shown).to.equal('1:100 3:120q');
    });

    it('believes rows of these minutes', () => {
      const damaged = [
        { from: 1, to: 2 },
        { from: 6, to: 8 },
      ];
      expect(made({ 1: 100, 2: 101, 5: 102, 9: 103 }, EMPTY_SERIES, damaged).shown).to.equal(
        '1:100 2:101 3:101q 4:101q 5:102 9:103',
      );
    });
  });

  it('goes on from what was known before it', () => {
    const minute = (n: number) => n * MINUTE_MS;
    expect(made({ 3: 200 }, { at: minute(1), close: 100, good: 100, pending: NaN }).shown).to.equal('2:100q 3:200!');
    expect(made({ 3: 200 }, { at: minute(1), close: 100, good: 100, pending: 190 }).shown).to.equal('2:100q 3:200');
  });
});

describe('a judge', () => {
  it('trusts the first candle of all', () => {
    const judge = jumpFilter(NOTHING_JUDGED, 0.5);
    expect(judge.isSuspect(7)).to.equal(false);
    expect(judge.isSuspect(11)).to.equal(true); // 4/7 = 57 % away
    expect(judge.good).to.equal(7);
    expect(judge.pending).to.equal(11);
  });
});

describe('rows in any order', () => {
  it('are sorted, and of two rows of a minute the later one counts', () => {
    const rows = new CandleColumns(2);
    for (const [at, close] of [
      [3, 30],
      [1, 10],
      [3, 31],
      [2, 20],
      [1, 10],
    ] as const)
      rows.push(at * MINUTE_MS, close, close, close, close, 1);
    const { sorted, duplicates } = sortedCandles(rows);
    expect([...sorted.close.subarray(0, sorted.length)]).to.deep.equal([10, 20, 31]);
    expect(duplicates).to.equal(2);
  });
});
