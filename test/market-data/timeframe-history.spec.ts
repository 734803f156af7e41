import { expect } from 'chai';
import type { HigherCandles } from '../../lib/indicators/timeframe-history.js';
import { KRAKEN_HISTORY } from '../../lib/kraken/limits.js';
import { isOffered, needsHistory, historySince } from '../../lib/market-data/timeframe-history.js';
import { minute } from '../support/broker.js';

const NOW = minute(20_003) + 1_000;
const DAY = 1_440;

/** Candles of so many minutes, the newest of them that of `last`, without a hole. */
const candles = (minutes: number, count: number, last: number): HigherCandles => {
  const at = Float64Array.from({ length: count }, (_, n) => minute(last - (count - 1 - n) * minutes));
  return { at, high: at, low: at, close: at };
};
const stretch = (from: number, to = 20_000) => ({ from: minute(from), to: minute(to) });

describe('the exchange is asked for the candles of a timeframe', () => {
  const asked = (from: number, known: HigherCandles | null = null, minutes = 15) =>
    needsHistory(KRAKEN_HISTORY, stretch(from), known, minutes, NOW);

  it('if no minute is stored, or none that its own minutes reach', () => {
    expect(needsHistory(KRAKEN_HISTORY, undefined, candles(15, 720, 19_980), 15, NOW)).to.equal(true);
    expect(needsHistory(KRAKEN_HISTORY, stretch(0, 20_003 - 700), null, 15, NOW)).to.equal(false);
    expect(needsHistory(KRAKEN_HISTORY, stretch(0, 20_003 - 720), null, 15, NOW)).to.equal(true);
  });

  it('unless the stored minutes make as many as it has: 719, which are closed', () => {
    // the last whole candle of 15 minutes is that of minute 19,980, of 5 minutes that of 19,995
    expect(asked(19_980 - 718 * 15)).to.equal(false);
    expect(asked(19_980 - 717 * 15)).to.equal(true);
    expect(asked(19_980 - 718 * 15 - 14)).to.equal(false);
    expect(asked(19_980 - 718 * 15 + 1)).to.equal(true);
    expect(asked(19_995 - 718 * 5, null, 5)).to.equal(false);
    expect(asked(19_995 - 717 * 5, null, 5)).to.equal(true);
  });

  it('unless stored candles join on to the minutes', () => {
    const from = 19_980 - DAY + 15; // 96 candles of 15 minutes are made of minutes: 623 are lacking
    expect(asked(from)).to.equal(true);
    expect(asked(from, candles(15, 623, from - 15))).to.equal(false);
    expect(asked(from, candles(15, 622, from - 15))).to.equal(true);
    expect(asked(from, candles(15, 719, from - 30))).to.equal(true);
    expect(asked(from, candles(15, 2_000, 19_980))).to.equal(false);
  });

  it('unless the candle in which the minutes begin is stored too', () => {
    const bucket = 19_980 - DAY + 15;
    expect(asked(bucket + 4, candles(15, 624, bucket))).to.equal(false);
    expect(asked(bucket + 4, candles(15, 624, bucket - 15))).to.equal(true);
  });

  it('not again by a start that comes soon after the first', () => {
    // the first start found nothing: it was given 719 closed candles and 719 closed minutes
    for (const minutes of [5, 15]) {
      const newest = Math.floor(20_003 / minutes) * minutes - minutes;
      const first = { from: minute(20_003 - 719), to: minute(20_003) };
      for (const later of [0, 60_000, 7 * 60_000, 600 * 60_000])
        expect(needsHistory(KRAKEN_HISTORY, first, candles(minutes, 719, newest), minutes, NOW + later)).to.equal(
          false,
        );
    }
  });

  it('as far back as it has any, from the start of one', () => {
    expect(historySince(KRAKEN_HISTORY, 15, NOW)).to.equal(minute(19_995 - 720 * 15));
    expect(historySince(KRAKEN_HISTORY, 5, NOW)).to.equal(minute(20_000 - 720 * 5));
  });

  it('if it has such candles', () => {
    expect([2, 4, 5, 6, 10, 12, 15, 20, 30].filter(minutes => isOffered(KRAKEN_HISTORY, minutes))).to.deep.equal([
      5, 15, 30,
    ]);
  });
});
