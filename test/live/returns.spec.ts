import { expect } from 'chai';
import { RecentReturns } from '../../lib/live/returns.js';
import { tapeOf, type Candle } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

const candle = (market: number, minute: number, close: number): Candle => ({
  ...{ market, at: minute * MINUTE_MS, open: close, high: close, low: close, close, volume: 1 },
});
/** A price whose logarithm moves by `step` of each minute. */
const walk = (market: number, minutes: number, step: (minute: number) => number): Candle[] => {
  let log = 0;
  return Array.from({ length: minutes }, (_, minute) => candle(market, minute, Math.exp((log += step(minute)))));
};
const swing = (minute: number) => 0.01 * Math.sin(minute);

describe('RecentReturns', () => {
  const correlationOf = (candles: readonly Candle[], cut = 0): number | null => {
    const returns = new RecentReturns(2);
    if (cut > 0)
      returns.take(
        tapeOf(
          candles.filter(({ at }) => at < cut * MINUTE_MS),
          2,
        ),
      );
    returns.take(
      tapeOf(
        candles.filter(({ at }) => at >= cut * MINUTE_MS),
        2,
      ),
    );
    return returns.correlation(0, 1);
  };

  it('is 1 for markets that move alike, −1 for opposite ones, and lies between for others', () => {
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, swing)])).to.be.closeTo(1, 1e-9);
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, minute => -2 * swing(minute))])).to.be.closeTo(
      -1,
      1e-9,
    );
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, minute => 0.01 * Math.cos(minute))])).to.be.within(
      -0.2,
      0.2,
    );
  });

  it('does not depend on how the minutes come', () => {
    const candles = [...walk(0, 90, swing), ...walk(1, 90, minute => swing(minute) + 0.004 * Math.cos(3 * minute))];
    expect(correlationOf(candles, 47)).to.equal(correlationOf(candles));
  });

  it('looks at the last hour alone', () => {
    const turning = (minute: number) => (minute < 60 ? -swing(minute) : swing(minute));
    expect(correlationOf([...walk(0, 120, swing), ...walk(1, 120, turning)])).to.be.closeTo(1, 1e-9);
  });

  it('knows nothing from fewer than 30 pairs, from a market that stands still, and across a gap', () => {
    expect(correlationOf([...walk(0, 30, swing), ...walk(1, 30, swing)])).to.equal(null); // 29 returns
    expect(correlationOf([...walk(0, 31, swing), ...walk(1, 31, swing)])).to.be.closeTo(1, 1e-9);
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, () => 0)])).to.equal(null);
    const everyOther = walk(1, 90, swing).filter((_, minute) => minute % 2 === 0);
    expect(correlationOf([...walk(0, 90, swing), ...everyOther])).to.equal(null);
  });
});
