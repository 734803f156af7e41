import { expect } from 'chai';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { adxOf, reference, valuesOf, type Values } from './indicators.js';
import { amountOf, stepsIn } from './lots.js';
import { dayClosesOf, maxDrawdownOf } from './metrics.js';
import { oracle } from './oracle.js';
import { closeKnownAt, higherCandles, rateKnownAt, runsOf, seriesOf } from './series.js';
import { plain, settingsWith } from './settings.js';
import { evaluate } from './strategy.js';
import type { OracleCandle, OracleMarket } from './types.js';
import { dayCoverage, dayVolatility, dayVolume, tradableOf } from './universe.js';

const FROM = Date.UTC(2025, 0, 10);
const minute = (n: number) => FROM + n * MINUTE_MS;

/** A candle of one price with volume 1, `n` minutes after midnight, with these changes. */
const candle = (n: number, price: number, told: Partial<OracleCandle> = {}): OracleCandle => ({
  at: minute(n),
  open: price,
  high: price,
  low: price,
  close: price,
  volume: 1,
  kind: 'traded',
  ...told,
});
const closes = (...prices: number[]) => prices.map((price, n) => candle(n, price));
const series = (candles: readonly OracleCandle[], symbol = 'A/USD', to = minute(10_000)) =>
  seriesOf({ symbol, candles }, { from: FROM, to });

describe('oracle: series', () => {
  it('sees quiet and suspect candles as flat at the last good close, without volume', () => {
    const seen = runsOf(
      series([candle(0, 10), candle(1, 30, { kind: 'suspect' }), candle(2, 10, { kind: 'quiet' }), candle(3, 11)]),
    );
    expect(seen[0]!.map(({ high, close, volume }) => [high, close, volume])).to.deep.equal([
      [10, 10, 1],
      [10, 10, 0],
      [10, 10, 0],
      [11, 11, 1],
    ]);
  });

  it('breaks the run at a missing minute, and forgets what is older than 10,800 minutes', () => {
    const runs = runsOf(series([candle(-10_801, 1), candle(-10_800, 2), candle(0, 3), candle(1, 4), candle(3, 5)]));
    expect(runs.map(run => run.map(({ close }) => close))).to.deep.equal([[2], [3, 4], [5]]);
  });

  it('builds 5-minute candles only from five minutes on the grid', () => {
    const run = [3, 4, 5, 6, 7, 8, 9, 10].map(n => candle(n, n, { high: n + 0.5, low: n - 0.5 }));
    expect(higherCandles(run, 5)).to.deep.equal([
      { at: minute(5), open: 5, high: 9.5, low: 4.5, close: 9, volume: 5, kind: 'traded' },
    ]);
  });

  it('knows a close once its minute is over, and the rate of another currency likewise', () => {
    const all = [series([candle(0, 20_000), candle(1, 22_000)], 'BTC/USD')];
    expect(closeKnownAt(all[0]!, minute(0))).to.equal(null);
    expect(closeKnownAt(all[0]!, minute(1))).to.equal(20_000);
    expect(rateKnownAt(all, 'BTC', 'USD', minute(5))).to.equal(22_000);
    expect(rateKnownAt(all, 'USD', 'USD', minute(0))).to.equal(1);
    expect(rateKnownAt(all, 'EUR', 'USD', minute(5))).to.equal(null);
  });
});

describe('oracle: indicators', () => {
  it('takes RSI from tulind: null while warming up and where prices never moved', () => {
    // period 2: gains 1,1 → 100; then a loss of 1: gain (1+0)/2, loss (0+1)/2 → 50
    expect(reference('rsi', [[1, 2, 3, 2]], [2])).to.deep.equal([[null, null, 100, 50]]);
    expect(reference('rsi', [[5, 5, 5, 5]], [2])).to.deep.equal([[null, null, null, null]]);
    expect(reference('rsi', [[1]], [2])).to.deep.equal([[null]]);
  });

  it('has the ADX of tulind, where tulind has one', () => {
    const run = Array.from({ length: 300 }, (_, n) => {
      const price = 100 + 10 * Math.sin(n / 7) + 3 * Math.cos(n * n);
      // every tenth minute reaches as far up as down: both movements count
      const spread = n % 10 === 0 ? 12 : 1;
      return candle(n, price, { high: price + spread, low: price - spread });
    });
    run.push(candle(300, 100, { high: run[299]!.high + 2, low: run[299]!.low - 2 }));
    const inputs = (['high', 'low', 'close'] as const).map(key => run.map(row => row[key]));
    const expected = reference('adx', inputs, [14])[0]!;
    const actual = adxOf(run, 14);
    expect(actual.slice(0, 26)).to.deep.equal(new Array(26).fill(null));
    for (let n = 26; n < run.length; n++) expect(actual[n]).to.be.closeTo(expected[n]!, 1e-9);
  });

  it('lets ADX recover from a flat start', () => {
    // period 2, closes 5 5 5 6: DX is 0 (0/0), 0, then 100 · 1/1: ADX (0+0)/2 = 0, then (0 · ½ +
    // 100)/2 = 50
    expect(adxOf(closes(5, 5, 5, 6), 2)).to.deep.equal([null, null, 0, 50]);
  });

  it('gives a higher timeframe its last candle that is over, and starts anew after a gap', () => {
    const settings = { ...plain.indicators, roc: { periods: [2] }, macd: { fast: 1, slow: 2, signal: 1 } };
    const run = [...closes(...Array.from({ length: 12 }, (_, n) => 100 + n)), candle(13, 50)];
    const values = valuesOf(series(run), settings, [5]);
    expect([3, 4, 8, 9, 11, 13].map(n => values.get(minute(n))!.timeframes.get(5)!.candles)).to.deep.equal([
      0, 1, 1, 2, 2, 0,
    ]);
    expect(values.get(minute(13))!.candles).to.equal(1);
    expect(values.get(minute(13))!.roc).to.deep.equal([null]);
    // 100 · (105 / 103 − 1)
    expect(values.get(minute(5))!.roc[0]).to.be.closeTo(1.941747572815534, 1e-12);
  });
});

describe('oracle: universe', () => {
  // closes 100 and 100·e^0.01 in turn: every log return is ±0.01, their mean 0
  const wave = Array.from({ length: 1_441 }, (_, n) =>
    candle(n - 1_441, n % 2 === 0 ? 100 : 100 * Math.exp(0.01), { volume: 2 }),
  );

  it('sums volume times close over the last 1,440 minutes, unknown with a hole', () => {
    // 720 · 2 · 100 + 720 · 2 · 100·e^0.01
    expect(dayVolume(series(wave), FROM)).to.be.closeTo(144_000 * (1 + Math.exp(0.01)), 1e-6);
    expect(dayVolume(series(wave.toSpliced(700, 1)), FROM)).to.equal(null);
  });

  it('measures the deviation of 1,440 returns, unknown with one candle fewer than 1,441', () => {
    // √(1440 · 0.01² / 1439) · √1440
    expect(dayVolatility(series(wave), FROM)).to.be.closeTo((0.01 * 1_440) / Math.sqrt(1_439), 1e-12);
    expect(dayVolatility(series(wave.slice(1)), FROM)).to.equal(null);
  });

  it('measures how much of the day is whole from its first minute on, unknown with fewer than 360 minutes', () => {
    expect(dayCoverage(series(wave), FROM)).to.equal(1);
    expect(dayCoverage(series(wave.toSpliced(700, 72)), FROM)).to.equal(0.95); // 1,368 / 1,440
    expect(dayCoverage(series(wave.with(700, { ...wave[700]!, kind: 'suspect' })), FROM)).to.equal(1_439 / 1_440);
    expect(dayCoverage(series(wave.slice(-360)), FROM)).to.equal(1);
    expect(dayCoverage(series(wave.slice(-359)), FROM)).to.equal(null);
    expect(dayCoverage(series([]), FROM)).to.equal(null);
  });

  const verdict = (told: Partial<typeof plain.filtering>, market: Partial<OracleMarket> = {}) => {
    const whole = { symbol: 'A/USD', candles: wave, ...market };
    const range = {
      from: FROM,
      to: minute(60),
      settings: settingsWith({ filtering: { ...plain.filtering, ...told } }),
    };
    const own = seriesOf(whole, range);
    return tradableOf(whole, own, [own], range);
  };
  const failing = { ...plain.filtering.unknown, daily_volume: 'fail', volatility: 'fail' } as const;

  it('holds each rule against its threshold', () => {
    expect(verdict({})(minute(1))).to.equal(true);
    expect(verdict({ minDailyVolume: 289_447 })(minute(1))).to.equal(true); // 289,447.2…
    expect(verdict({ minDailyVolume: 289_448 })(minute(1))).to.equal(false);
    expect(verdict({ maxVolatility: 0.3797 })(minute(1))).to.equal(true); // 0.37960…
    expect(verdict({ maxVolatility: 0.3796 })(minute(1))).to.equal(false);
    expect(verdict({ minHistoryMs: 1_441 * MINUTE_MS })(minute(1))).to.equal(true);
    expect(verdict({ minHistoryMs: 1_442 * MINUTE_MS })(minute(1))).to.equal(false);
    expect(verdict({ minHistoryMs: 1_442 * MINUTE_MS }, { firstCandleAt: FROM - DAY_MS * 2 })(minute(1))).to.equal(
      true,
    );
    const holed = { candles: wave.toSpliced(700, 73) }; // 1,367 / 1,440
    expect(verdict({ minCoverage: 0.94 }, holed)(minute(1))).to.equal(true);
    expect(verdict({ minCoverage: 0.95 }, holed)(minute(1))).to.equal(false);
  });

  it('refuses other quotes, excluded bases and quotes without a rate', () => {
    expect(verdict({ allowedQuoteCurrencies: ['EUR'] })(minute(1))).to.equal(false);
    expect(verdict({}, { symbol: 'USDT/USD' })(minute(1))).to.equal(false);
    expect(verdict({}, { symbol: 'A/EUR' })(minute(1))).to.equal(false);
  });

  it('judges anew at each refresh, for the candles that close from then on', () => {
    // complete at 00:00; at 00:15 the last quarter of an hour is missing
    const is = verdict({ unknown: failing });
    expect([1, 14, 15, 16].map(n => is(minute(n)))).to.deep.equal([true, true, false, false]);
  });
});

describe('oracle: strategy', () => {
  const values: Values = {
    candles: 200,
    rsi: 50,
    histogram: 0.2,
    histogramBefore: 0.1,
    roc: [0.75, 3, 2],
    bollingerMiddle: 99,
    volumeSma: 10,
    adx: 30,
    atr: 1,
    plusDi: 20,
    minusDi: 10,
    timeframes: new Map([5, 15].map(minutes => [minutes, { candles: 200, histogram: 0.1 }])),
  };
  const settings = settingsWith({});
  const judge = (changes: Partial<Values>, row: Partial<OracleCandle> = {}) =>
    evaluate(candle(0, 100, { volume: 18, ...row }), { ...values, ...changes }, settings);

  it('scores the mean of how far each value is over its threshold', () => {
    // roc (0.75−0.5)/0.5 = 0.5, (3−1)/1 = 2 → 1, (2−2)/2 = 0; volume (18−15)/15 = 0.2; adx (30−25)/25 = 0.2
    expect(judge({})).to.deep.equal({ firstFailed: null, score: (0.5 + 1 + 0 + 0.2 + 0.2) / 5 });
  });

  it('names the first condition that fails', () => {
    expect(judge({ rsi: 70 })!.firstFailed).to.equal('rsi');
    expect(judge({ rsi: 30, histogram: 0 })!.firstFailed).to.equal('rsi');
    expect(judge({ histogramBefore: 0.2 })!.firstFailed).to.equal('macd');
    expect(judge({ roc: [0.4, 3, 2], bollingerMiddle: 100 })!.firstFailed).to.equal('roc');
    expect(judge({ bollingerMiddle: 100 })!.firstFailed).to.equal('bollinger');
    expect(judge({}, { volume: 15 })!.firstFailed).to.equal('volume');
    expect(judge({ adx: 24.9 })!.firstFailed).to.equal('trend');
    expect(judge({ minusDi: 20 })!.firstFailed).to.equal('trend');
  });

  it('does not judge quiet minutes, short series, nor candles with a value missing', () => {
    expect(judge({}, { kind: 'quiet' })).to.equal(null);
    expect(judge({}, { kind: 'suspect' })).to.equal(null);
    expect(judge({ candles: 199 })).to.equal(null);
    expect(judge({ adx: null })).to.equal(null);
    expect(judge({ timeframes: new Map([...values.timeframes, [15, { candles: 199, histogram: 0.1 }]]) })).to.equal(
      null,
    );
  });
});

describe('oracle: amounts', () => {
  it('rounds down to whole steps, but not past floating noise', () => {
    expect(stepsIn(0.3, 0.1)).to.equal(3); // 0.3 / 0.1 is 2.9999999999999996
    expect(stepsIn(0.2999, 0.1)).to.equal(2);
    expect(amountOf(3, 0.1)).to.equal(0.3); // 3 · 0.1 is 0.30000000000000004
    expect(amountOf(3, 5)).to.equal(15);
  });
});

describe('oracle: metrics', () => {
  it('closes a day with the mark at midnight, and a part of a day at its end', () => {
    const from = FROM - 2 * MINUTE_MS; // 23:58
    expect(dayClosesOf([100, 101, 102, 103, 104], from)).to.deep.equal([102, 104]);
  });

  it('finds the deepest fall with its times', () => {
    // peak 110 at 1, trough 88 at 3: 1 − 88/110 = 0.2; back at 110 at 5
    const found = maxDrawdownOf([100, 110, 99, 88, 100, 110], FROM)!;
    expect(found.depth).to.be.closeTo(0.2, 1e-12);
    expect([found.peakAt, found.troughAt, found.recoveredAt]).to.deep.equal([minute(1), minute(3), minute(5)]);
    expect(maxDrawdownOf([100, 90], FROM)!.recoveredAt).to.equal(null);
    expect(maxDrawdownOf([100, 101], FROM)).to.equal(null);
  });
});

describe('oracle: a whole backtest', () => {
  // an accelerating market: every value but the thresholds of the strategy is far from nothing
  const rising = (count: number) =>
    Array.from({ length: count }, (_, n) => {
      const [open, close] = [100 + n * n * 1e-4, 100 + (n + 1) ** 2 * 1e-4];
      return candle(n, close, { open, high: close, low: open, volume: 1 + n });
    });
  const strategy = {
    rsi: { overbought: 101, oversold: 0 },
    rocThresholds: [0, 0, 0],
    volumeFactor: 1,
    trend: { required: false, minAdx: 0, timeframes: [] },
  };
  const settings = settingsWith({ strategy });

  it('waits for 200 candles, enters at the next open, and is closed at the end', () => {
    const market = { symbol: 'A/USD', candles: rising(210), amountStep: 1 };
    const result = oracle({ markets: [market], from: FROM, to: minute(210), settings });
    const decisions = result.decisions['A/USD']!;
    expect(decisions.slice(0, 199)).to.deep.equal(new Array(199).fill('not_evaluated'));
    expect(decisions[199]).to.equal('opportunity');

    // notional 1,000 at 100 + 200² · 0.0001 = 104 → 9 coins; sold at 100 + 210² · 0.0001 = 104 + 0.41
    const [trade] = result.trades;
    expect(result.trades).to.have.length(1);
    expect([trade!.entryTime, trade!.entryPrice, trade!.size]).to.deep.equal([minute(200), 104, 9]);
    expect(trade!.exits.map(({ reason, time }) => [reason, time])).to.deep.equal([['end_of_data', minute(210)]]);
    expect(trade!.profitLoss).to.be.closeTo(9 * 0.41, 1e-9);
    expect(trade!.profitLossPercentage).to.be.closeTo((100 * 0.41) / 104, 1e-9);
    expect(result.finalCash).to.be.closeTo(10_003.69, 1e-9);

    // one point more than minutes; 200 minutes without a holding, then ten marks
    expect(result.equityByMinute).to.have.length(211);
    expect(result.equityByMinute[200]).to.equal(10_000);
    expect(result.equityByMinute[201]).to.be.closeTo(10_000 + 9 * (201 ** 2 * 1e-4 - 4), 1e-9);
    expect(result.metrics.exposure).to.be.closeTo(10 / 210, 1e-12);
    expect(result.metrics.winRate).to.equal(1);
    expect(result.metrics.profitFactor).to.equal(null);
    expect(result.metrics.sharpe).to.equal(null);
    // (104.41 / 100) − 1
    expect(result.metrics.equalWeight).to.be.closeTo(0.0441, 1e-12);
    expect(result.metrics.buyAndHoldBtc).to.equal(null);

    // opportunities at 199 … 209, the last one never filled
    expect(result.funnel.decisions.opportunity).to.equal(11);
    expect(result.funnel.taken).to.equal(1);
    expect(result.funnel.rejected.already_open).to.equal(9);
    expect(result.funnel.expired).to.equal(1);
  });

  it('starts counting again after a gap', () => {
    const again = rising(200).map(row => ({ ...row, at: row.at + 205 * MINUTE_MS }));
    const candles = [...rising(204), ...again];
    const result = oracle({ markets: [{ symbol: 'A/USD', candles }], from: FROM, to: minute(405), settings });
    expect(result.decisions['A/USD']![203]).to.equal('opportunity');
    expect(result.decisions['A/USD']!.slice(204, 404).every(decision => decision === 'not_evaluated')).to.equal(true);
    expect(result.decisions['A/USD']![404]).to.equal('opportunity');
  });

  it('does not trade outside of the universe', () => {
    const market = { symbol: 'USDT/USD', candles: rising(210) };
    const result = oracle({ markets: [market], from: FROM, to: minute(210), settings });
    expect(new Set(result.decisions['USDT/USD'])).to.deep.equal(new Set(['not_tradable']));
    expect(result.finalCash).to.equal(10_000);
  });

  it('measures days: mean over sample deviation, times the root of 365', () => {
    // three days; bought 9 at 104 on the first one and kept; flat nights between
    const held = [...rising(210), candle(210, 104), candle(1_500, 110), candle(2_900, 93)];
    const loose = { ...plain.risk, stopLoss: 0.9 };
    const result = oracle({
      markets: [{ symbol: 'A/USD', candles: held, amountStep: 1 }],
      from: FROM,
      to: FROM + 72 * HOUR_MS,
      settings: settingsWith({ strategy, risk: loose }),
    });
    // 9 coins: +0 at 104, +54 at 110, −99 at 93
    expect(result.metrics.dayCloses).to.deep.equal([10_000, 10_054, 9_901]);
    const [a, b, c] = [0, 54 / 10_000, 9_901 / 10_054 - 1];
    const mean = (a + b + c) / 3;
    const deviation = Math.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2);
    expect(result.metrics.sharpe).to.be.closeTo((mean / deviation) * Math.sqrt(365), 1e-9);
    expect(result.metrics.sortino).to.be.closeTo((mean / Math.sqrt((c * c) / 3)) * Math.sqrt(365), 1e-9);
    expect(result.metrics.totalReturn).to.be.closeTo(-0.0099, 1e-12);
    // 3 of 365 days
    expect(result.metrics.cagr).to.be.closeTo(0.9901 ** (365 / 3) - 1, 1e-12);
    expect(result.metrics.maxDrawdown!.depth).to.be.closeTo(1 - 9_901 / 10_054, 1e-12);
    expect(result.metrics.expectancy).to.be.closeTo(-99, 1e-9);
    expect(result.metrics.profitFactor).to.equal(0);
  });
});
