import { expect } from 'chai';
import { contextOf } from '../../lib/cross-market/context.js';
import { ContextSet } from '../../lib/cross-market/set.js';
import { marketOf } from '../../lib/market.js';
import { type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

const candle = (market: number, minute: number, close: number): Candle => ({
  market,
  at: minute * MINUTE_MS,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1,
});
/** A price whose logarithm moves by `step` of each minute. */
const walk = (market: number, minutes: number, step: (minute: number) => number): Candle[] => {
  let log = 0;
  return Array.from({ length: minutes }, (_, minute) => candle(market, minute, Math.exp((log += step(minute)))));
};
const swing = (minute: number) => 0.01 * Math.sin(minute);
const listings = ['BTC/USD', 'ETH/USD'].map(symbol => ({ market: marketOf(symbol), firstCandleAt: 0 }));

describe('correlation with bitcoin', () => {
  /** Of the last candle, with the candles cut into two tapes before a minute. */
  const correlationOf = (candles: readonly Candle[], cut = 1, known = listings): number => {
    const set = new ContextSet(contextOf(known, 'USD'));
    set.advance(
      tapeOf(
        candles.filter(({ at }) => at < cut * MINUTE_MS),
        2,
      ),
    );
    const rest = tapeOf(
      candles.filter(({ at }) => at >= cut * MINUTE_MS),
      2,
    );
    return set.advance(rest).get('correlation_btc')!.at(-1)!;
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

  it('does not depend on how the minutes come, to the last bit', () => {
    const candles = [...walk(0, 90, swing), ...walk(1, 90, minute => swing(minute) + 0.004 * Math.cos(3 * minute))];
    expect(correlationOf(candles, 47)).to.equal(correlationOf(candles));
  });

  it('of an hour in which no minute lacks is the same, to the last bit, whatever lacked before', () => {
    const market = (n: number) => walk(n, 200, minute => swing(minute) + 0.004 * Math.cos((3 + n) * minute));
    for (const lacking of [0, 1]) {
      const candles = [...market(0), ...market(1)];
      const gap = candles.filter(({ market, at }) => market !== lacking || at !== 100 * MINUTE_MS);
      expect(correlationOf(gap)).to.equal(correlationOf(candles)).and.to.be.within(0.5, 0.999);
    }
  });

  it('looks at the last hour alone', () => {
    const turning = (minute: number) => (minute < 60 ? -swing(minute) : swing(minute));
    expect(correlationOf([...walk(0, 120, swing), ...walk(1, 120, turning)])).to.be.closeTo(1, 1e-9);
  });

  it('is not known from fewer than 30 pairs, of a market that stands still or moves alike each minute, and across gaps', () => {
    expect(correlationOf([...walk(0, 30, swing), ...walk(1, 30, swing)])).to.be.NaN; // 29 returns
    expect(correlationOf([...walk(0, 31, swing), ...walk(1, 31, swing)])).to.be.closeTo(1, 1e-9);
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, () => 0)])).to.be.NaN;
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, () => 0.001)])).to.be.NaN;
    const everyOther = walk(1, 90, swing).filter((_, minute) => minute % 2 === 1);
    expect(correlationOf([...walk(0, 90, swing), ...everyOther])).to.be.NaN;
  });

  it('is not known where bitcoin is not on the tape', () => {
    const others = ['ADA/USD', 'ETH/USD'].map(symbol => ({ market: marketOf(symbol), firstCandleAt: 0 }));
    expect(correlationOf([...walk(0, 90, swing), ...walk(1, 90, swing)], 1, others)).to.be.NaN;
  });
});
