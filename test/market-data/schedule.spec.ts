import { expect } from 'chai';
import { nextTick, toWallClock } from '../../lib/market-data/schedule.js';

const at = (time: number, over = {}) => ({ now: () => time, periodMs: 60_000, delayMs: 2_000, ...over });

describe('the next time to ask', () => {
  it('is the next whole period and its delay, in our own time', () => {
    expect(nextTick(at(61_999), Number.NaN)).to.deep.equal({ at: 60_000, waitMs: 1 });
    expect(nextTick(at(62_000), Number.NaN)).to.deep.equal({ at: 120_000, waitMs: 60_000 });
    expect(nextTick(at(62_000, { speed: 600 }), Number.NaN)).to.deep.equal({ at: 120_000, waitMs: 100 });
  });

  it('is not the same again for a timer that fires a little early', () => {
    expect(nextTick(at(61_999.5), 60_000)).to.deep.equal({ at: 120_000, waitMs: 60_000.5 });
  });

  it('is soon after a clock that was set back', () => {
    expect(nextTick(at(61_000), 3_600_000)).to.deep.equal({ at: 60_000, waitMs: 1_000 });
  });

  it('is now for who is eager, but only at first', () => {
    expect(nextTick(at(70_000, { eager: true }), Number.NaN)).to.deep.equal({ at: 60_000, waitMs: 0 });
    expect(nextTick(at(70_000, { eager: true }), 60_000)).to.deep.equal({ at: 120_000, waitMs: 52_000 });
  });
});

describe('patience', () => {
  it('is as long in our own time as in the exchange’s, or as many times shorter as its clock is faster', () => {
    expect(toWallClock(60_000, 1)).to.equal(60_000);
    expect(toWallClock(60_000, 0.5)).to.equal(120_000);
    expect(toWallClock(600_000, 60)).to.equal(10_000);
  });

  it('is five seconds of ours at least, unless it is shorter by itself', () => {
    expect(toWallClock(60_000, 240)).to.equal(5_000);
    expect(toWallClock(1_000, 240)).to.equal(1_000);
  });
});
