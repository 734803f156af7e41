import { expect } from 'chai';
import fc from 'fast-check';
import type { BadRowReason } from '../../lib/market-data/bad-row.js';
import { boundedMinutes, damageIn, damageOf } from '../../lib/market-data/damage.js';
import { MINUTE_MS } from '../../lib/units.js';

const NOW = 1_000 * MINUTE_MS;

/** The damage, in minutes, of a file of these rows: `5` is a good row, `[5, reason]` a bad one. */
const found = (...rows: readonly (number | readonly [minute: number, bad: BadRowReason])[]) => {
  const finder = damageIn(NOW);
  for (const row of rows) {
    const [minute, bad] = typeof row === 'number' ? [row, null] : row;
    finder.row(minute * MINUTE_MS, bad);
  }
  return finder.end();
};
const inMinutes = (stretches: readonly { readonly from: number; readonly to: number }[]) =>
  stretches.map(({ from, to }) => [from / MINUTE_MS, to / MINUTE_MS]);

describe('the damaged minutes of a file', () => {
  it('are those of its bad rows whose time can be used, in any order', () => {
    const rows = found(1, [3, 'price'], [4, 'high'], 5, [9, 'trades'], [7, 'low'], [8, 'volume']);
    expect(inMinutes(rows)).to.deep.equal([
      [3, 4],
      [9, 9],
      [7, 8],
    ]);
  });

  it('are all between the rows beside one whose time is of no use', () => {
    expect(inMinutes(found(1, [NaN, 'time'], [2.5, 'time'], 9, [5_000, 'future'], 10, [0, 'early'], 20))).to.deep.equal(
      [
        [2, 8],
        [11, 19],
      ],
    );
    expect(inMinutes(found(20, [NaN, 'time'], 3, [NaN, 'time'], [4, 'price']))).to.deep.equal([
      [4, 19],
      [4, 4],
    ]);
  });

  it('are as many as could have been quiet where no row is beside it', () => {
    const open = found([NaN, 'time'], [100, 'price'], 102, [NaN, 'time']);
    expect(inMinutes(open)).to.deep.equal([
      [NaN, 99],
      [100, 100],
      [103, NaN],
    ]);
    expect(inMinutes(boundedMinutes(open, 5))).to.deep.equal([
      [95, 99],
      [100, 100],
      [103, 107],
    ]);
    expect(inMinutes(boundedMinutes(open, 0))).to.deep.equal([[100, 100]]);
    expect(boundedMinutes(found([NaN, 'time']), 5)).to.deep.equal([]);
  });

  it('are not the minute that is not over yet', () => {
    expect(found(998, [1_000, 'future'])).to.deep.equal([]);
  });
});

describe('damage', () => {
  it('is found between two minutes as a look at each minute finds it', () => {
    const stretch = fc.record({ from: fc.nat(60), length: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 8 }), fc.nat(70), fc.nat(70), (stretches, after, before) => {
        const minutes = stretches.map(({ from, length }) => ({ from, to: from + length }));
        const damage = damageOf(minutes.map(({ from, to }) => ({ from: from * MINUTE_MS, to: to * MINUTE_MS })));
        let first = Infinity;
        for (let at = before - 1; at > after; at--)
          if (minutes.some(({ from, to }) => from <= at && at <= to)) first = at * MINUTE_MS;
        expect(damage.firstBetween(after * MINUTE_MS, before * MINUTE_MS)).to.equal(first);
      }),
    );
  });
});
