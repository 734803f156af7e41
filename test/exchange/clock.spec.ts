import { expect } from 'chai';
import fc from 'fast-check';
import { agrees, exchangeTime, firstReading, nextReading } from '../../lib/exchange/clock.js';

const AT = Date.UTC(2026, 10, 2, 12);
const answer = (serverTime: number, sentTick: number, receivedTick = sentTick) => ({
  serverTime,
  sentTick,
  receivedTick,
});

describe('the clock of the exchange', () => {
  it('is taken to be that of the answer’s arrival, the latest that it can have been', () => {
    const reading = firstReading(answer(AT, 1_000, 1_400));
    expect(exchangeTime(reading, 1_400, 1)).to.equal(AT);
  });

  it('runs as many times faster than ours as the settings say', () => {
    expect(exchangeTime(firstReading(answer(AT, 0)), 100, 600)).to.equal(AT + 60_000);
  });

  it('does not run back where it is reported again in whole seconds', () => {
    const first = firstReading(answer(AT, 0));
    const again = answer(AT, 900); // 900 ms later it is still the same second
    expect(agrees(first, again, 1)).to.equal(true);
    expect(exchangeTime(nextReading(first, again, 1), 900, 1)).to.equal(AT + 900);
  });

  it('agrees with what is known within a second and half the round trip', () => {
    const first = firstReading(answer(AT, 0));
    const off = (ms: number, trip = 0) => agrees(first, answer(AT + 5_000 + ms, 5_000 - trip / 2, 5_000 + trip / 2), 1);
    expect([off(1_000), off(-1_000), off(1_001), off(-1_001)]).to.deep.equal([true, true, false, false]);
    expect([off(1_500, 1_000), off(1_501, 1_000)]).to.deep.equal([true, false]); // 1,000 + 1,000/2
  });

  it('is never ahead of the truth, and behind by a second and the longest round trip at most, however often it is read', () => {
    const delays = fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 2_000 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(delays, fc.integer({ min: 0, max: 999 }), (trips, phase) => {
        const truth = (tick: number) => AT + phase + tick;
        let [reading, tick] = [null as ReturnType<typeof firstReading> | null, 0];
        for (const [out, back] of trips) {
          const serverTime = Math.floor(truth(tick + out) / 1_000) * 1_000;
          const heard = answer(serverTime, tick, tick + out + back);
          reading = reading && agrees(reading, heard, 1) ? nextReading(reading, heard, 1) : firstReading(heard);
          tick += out + back + 10_000;
        }
        const worst = Math.max(...trips.map(([out, back]) => out + back));
        expect(exchangeTime(reading!, tick, 1) - truth(tick)).to.be.within(-1_000 - worst, 0);
      }),
    );
  });
});
