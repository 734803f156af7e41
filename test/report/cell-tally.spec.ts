import { expect } from 'chai';
import { CellTally } from '../../lib/report/cell-tally.js';
import { tapeOf } from '../support/tape.js';
import { candle, minute, quiet } from '../support/broker.js';

describe('what is known of a period', () => {
  it('counts minutes by what they hold, whatever was decided on them, and those before the period apart', () => {
    const tally = new CellTally(2, minute(2), minute(6));
    // lane 0: known 0–4, of these 1 and 3 quiet; lane 1: known 3 only; lane 2 gives prices alone
    const flat = (n: number, market = 0) => candle(n, 100, 100, 100, 100, market);
    tally.add(tapeOf([flat(0), quiet(1, 100), flat(2), flat(0, 2)], 3));
    tally.add(tapeOf([quiet(3, 100), flat(3, 1), flat(4), flat(7)], 3));
    expect(tally.counts()).to.deep.equal({ minutes: 8, missing: 4, quiet: 1, suspect: 0 });
    expect(tally.knownBefore()).to.deep.equal([2, 0]);
  });
});
