import { expect } from 'chai';
import fc from 'fast-check';
import { exchangeTime, readClock } from '../../lib/exchange/clock.js';

const AT = Date.UTC(2026, 10, 2, 12);

describe('the clock of the exchange', () => {
  it('is taken to be told half way between question and answer', () => {
    const reading = readClock(null, AT, 1_000, 1_400, 1); // told at tick 1,200
    expect(exchangeTime(reading, 1_400, 1)).to.equal(AT + 200);
  });

  it('runs as many times faster than ours as the settings say', () => {
    expect(exchangeTime(readClock(null, AT, 0, 0, 600), 100, 600)).to.equal(AT + 60_000);
  });

  it('does not run back where it is told again in whole seconds', () => {
    const first = readClock(null, AT, 0, 0, 1);
    const second = readClock(first, AT, 900, 900, 1); // 900 ms later it is still the same second
    expect(exchangeTime(second, 900, 1)).to.equal(AT + 900);
  });

  it('is believed where it has been set, forward or back', () => {
    const first = readClock(null, AT, 0, 0, 1);
    expect(exchangeTime(readClock(first, AT + 3_600_000, 10, 10, 1), 10, 1)).to.equal(AT + 3_600_000);
    expect(exchangeTime(readClock(first, AT - 3_600_000, 10, 10, 1), 10, 1)).to.equal(AT - 3_600_000);
  });

  it('is never ahead of the truth by more than half the longest round trip, however often it is read', () => {
    const delays = fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 2_000 })), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(delays, fc.integer({ min: 0, max: 999 }), (trips, phase) => {
        const truth = (tick: number) => AT + phase + tick;
        let [reading, tick] = [null as ReturnType<typeof readClock> | null, 0];
        for (const [out, back] of trips) {
          const told = Math.floor(truth(tick + out) / 1_000) * 1_000;
          reading = readClock(reading, told, tick, tick + out + back, 1);
          tick += out + back + 10_000;
        }
        const worst = Math.max(...trips.map(([out, back]) => (out + back) / 2));
        const error = exchangeTime(reading!, tick, 1) - truth(tick);
        expect(error).to.be.within(-1_000 - worst, worst);
      }),
    );
  });
});
