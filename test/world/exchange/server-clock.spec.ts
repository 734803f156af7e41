import { expect } from 'chai';
import { openServerClock, type ServerClock } from '../../../lib/world/exchange/server-clock.js';

/** 2026-11-02T12:00:00Z. */
const NOON = Date.UTC(2026, 10, 2, 12);

describe("the exchange's clock, as it is known here", () => {
  let clock: ServerClock;
  let [tick, wall] = [0, 0];
  const pass = (ms: number) => {
    tick += ms;
    wall += ms;
  };

  const serverTime = (at: number) => ({ serverTime: at, sentTick: tick, receivedTick: tick });

  beforeEach(() => {
    [tick, wall] = [0, NOON];
    clock = openServerClock(
      () => tick,
      () => wall,
      1,
    );
    clock.read(serverTime(NOON));
  });

  it('is not known before it was read', () => {
    const unread = openServerClock(
      () => tick,
      () => wall,
      1,
    );
    expect([unread.now(), unread.isDue()]).to.deep.equal([null, true]);
  });

  it('goes on by itself and is read again every ten minutes', () => {
    pass(599_999);
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 599_999, false]);
    pass(1);
    expect(clock.isDue()).to.equal(true);
  });

  for (const hours of [1, -1, 8])
    it(`is the same after this machine's clock was set by ${hours} h, and is read again to be sure`, () => {
      pass(1_000);
      wall += hours * 3_600_000;
      expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 1_000, true]);
      clock.read(serverTime(NOON + 1_000));
      expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 1_000, false]);
    });

  it('is behind rather than ahead after this machine has slept, until it is read again', () => {
    wall += 8 * 3_600_000; // the tick stood still meanwhile
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON, true]);
    clock.read(serverTime(NOON + 8 * 3_600_000));
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON, true]); // one may be wrong
    clock.read(serverTime(NOON + 8 * 3_600_000));
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 8 * 3_600_000, false]);
  });

  it('is not moved by one answer that is an hour off', () => {
    pass(600_000);
    for (const hours of [1, -1]) {
      clock.read(serverTime(NOON + 600_000 + hours * 3_600_000));
      expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 600_000, true]);
    }
    clock.read(serverTime(NOON + 600_000));
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 600_000, false]);
  });

  it('is right even if this machine is years off', () => {
    wall = 0;
    clock.read(serverTime(NOON));
    pass(5_000);
    expect([clock.now(), clock.isDue()]).to.deep.equal([NOON + 5_000, false]);
  });

  it('is read again as soon as an answer does not fit it', () => {
    clock.doubt();
    expect(clock.isDue()).to.equal(true);
    clock.read(serverTime(NOON));
    expect(clock.isDue()).to.equal(false);
  });

  it('is not due while a simulator runs a thousand times faster, but every ten of its minutes', () => {
    const fast = openServerClock(
      () => tick,
      () => wall,
      1_000,
    );
    fast.read(serverTime(NOON));
    pass(599);
    expect([fast.now(), fast.isDue()]).to.deep.equal([NOON + 599_000, false]);
    pass(1);
    expect(fast.isDue()).to.equal(true);
  });
});
