import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { StrategyEvaluator, type EvaluationTape } from '../../lib/strategy/evaluator.js';
import { MOMENTUM } from '../../lib/strategy/momentum.js';
import type { IndicatorSettings, StrategySettings } from '../../lib/settings/settings.js';
import { Cell } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { candle, minute } from '../support/broker.js';
import { Verdict } from '../../lib/universe/verdict.js';

const indicators: IndicatorSettings = {
  rsi: { period: 14 },
  macd: { fast: 12, slow: 26, signal: 9 },
  roc: { periods: [1, 5] },
  adx: { period: 14 },
  atr: { period: 14 },
  volume: { period: 10 },
  bollinger: { period: 20, deviations: 2 },
  timeframes: [5, 15],
};
const strategy: StrategySettings = {
  rsi: { overbought: 70, oversold: 30 },
  rocThresholds: [0.5, 1],
  volumeFactor: 1.5,
  trend: { required: true, minAdx: 25, timeframes: [5, 15] },
};

/**
 * Two candles: one that only lends its histogram, and one on which every condition holds. Volume
 * 1.5 · 100 is just too little.
 */
const GOOD = {
  rsi_14: 60,
  macd_histogram: 0.2,
  roc_1: 0.75,
  roc_5: 1.5,
  bb_middle: 99,
  volume_sma_10: 100,
  adx_14: 30,
  plus_di_14: 25,
  minus_di_14: 10,
  '5m.macd_histogram': 0.1,
  '15m.macd_histogram': 0.1,
};
interface Case {
  readonly values?: Partial<Record<keyof typeof GOOD, number>>;
  readonly before?: number;
  readonly volume?: number;
  readonly cell?: number;
  readonly verdict?: number;
  readonly candles?: Partial<Record<1 | 5 | 15, number>>;
}

const tapeWith = ({
  values = {},
  before = 0.1,
  volume = 225,
  cell = Cell.traded,
  verdict = Verdict.tradable,
  candles = {},
}: Case): EvaluationTape => ({
  ...tapeOf([candle(0, 100, 100, 100, 100), { ...candle(1, 100, 100, 100, 100), volume, cell }], 1),
  indicators: new Map(
    Object.entries({ ...GOOD, ...values }).map(([key, value]) => [
      key,
      Float64Array.of(key === 'macd_histogram' ? before : value, value),
    ]),
  ),
  candles: new Map([1, 5, 15].map(minutes => [minutes, Uint32Array.of(200, candles[minutes as 1 | 5 | 15] ?? 200)])),
  verdict: Uint8Array.of(verdict, verdict),
});
const judge = (story: Case, over: Partial<StrategySettings> = {}) =>
  new StrategyEvaluator(MOMENTUM, [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }]).evaluate(
    tapeWith(story),
    { indicators, strategy: { ...strategy, ...over } },
    minute(1),
    minute(2),
  );
const decisionOf = (story: Case, over: Partial<StrategySettings> = {}) => DECISIONS[judge(story, over).decision[1]!];

describe('momentum strategy', () => {
  it('finds an opportunity where every condition holds', () => expect(decisionOf({})).to.equal('opportunity'));

  const failing: [string, Case, string][] = [
    ['rsi at the overbought line', { values: { rsi_14: 70 } }, 'rsi'],
    ['rsi at the oversold line', { values: { rsi_14: 30 } }, 'rsi'],
    ['a histogram of zero', { values: { macd_histogram: 0 }, before: -1 }, 'macd'],
    ['a histogram that does not grow', { before: 0.2 }, 'macd'],
    ['a rate of change under its threshold', { values: { roc_5: 0.99 } }, 'roc'],
    ['a close on the middle band', { values: { bb_middle: 100 } }, 'bollinger'],
    ['volume of exactly factor · SMA', { volume: 150 }, 'volume'],
    ['a weak trend', { values: { adx_14: 24.9 } }, 'trend'],
    ['a trend downwards', { values: { plus_di_14: 10 } }, 'trend'],
    ['a 15-minute histogram of zero', { values: { '15m.macd_histogram': 0 } }, 'trend'],
    ['the first of several failures', { values: { roc_1: 0, adx_14: 0 }, volume: 0 }, 'roc'],
    ['a market that is not tradable', { verdict: Verdict.firstRule }, 'not_tradable'],
    ['a quiet candle', { cell: Cell.quiet }, 'quiet'],
    ['a suspect candle', { cell: Cell.suspect }, 'suspect'],
    ['a gap', { cell: Cell.absent }, 'gap'],
    ['199 candles of a minute', { candles: { 1: 199 } }, 'warming_up'],
    ['199 candles of 15 minutes', { candles: { 15: 199 } }, 'warming_up'],
    ['a value that is null', { values: { rsi_14: NaN } }, 'unknown'],
    ['no histogram before', { before: NaN }, 'unknown'],
    ['a null value even where an earlier condition fails', { values: { rsi_14: 90, adx_14: NaN } }, 'unknown'],
  ];
  for (const [name, story, decision] of failing)
    it(`says ${decision} for ${name}`, () => expect(decisionOf(story)).to.equal(decision));

  it('takes a rate of change of exactly its threshold and ADX of exactly its minimum', () =>
    expect(decisionOf({ values: { roc_1: 0.5, roc_5: 1, adx_14: 25 } })).to.equal('opportunity'));

  it('needs neither trend values nor their candles when no trend is required', () => {
    const off = { trend: { ...strategy.trend, required: false } };
    expect(decisionOf({ values: { adx_14: NaN, '5m.macd_histogram': NaN }, candles: { 5: 0, 15: 0 } }, off)).to.equal(
      'opportunity',
    );
  });

  it('scores the mean surplus over the thresholds, each clipped to 0–1', () => {
    // roc_1 (0.75−0.5)/0.5 = 0.5 · roc_5 (1.5−1)/1 = 0.5 · volume (225−150)/150 = 0.5 · adx
    // (30−25)/25 = 0.2
    expect(judge({}).opportunities[0]!.score).to.be.closeTo((0.5 + 0.5 + 0.5 + 0.2) / 4, 1e-12);
    expect(judge({ values: { roc_1: 9 } }).opportunities[0]!.score).to.be.closeTo((1 + 0.5 + 0.5 + 0.2) / 4, 1e-12);
    expect(judge({}, { rocThresholds: [0, 1] }).opportunities[0]!.score).to.be.closeTo(
      (1 + 0.5 + 0.5 + 0.2) / 4,
      1e-12,
    );
    expect(judge({}, { trend: { ...strategy.trend, required: false } }).opportunities[0]!.score).to.be.closeTo(
      0.5,
      1e-12,
    );
  });

  it('names an opportunity by its candle and keeps every value that was judged', () => {
    const [found] = judge({}).opportunities;
    expect(found).to.include({ market: 0, at: minute(1), close: 100 });
    expect(found!.values).to.deep.equal({ ...GOOD, close: 100, volume: 225, macd_histogram_before: 0.1 });
  });

  it('decides on nothing outside the period and on no auxiliary market', () => {
    expect(DECISIONS[judge({}).decision[0]!]).to.equal('outside');
    const aside = new StrategyEvaluator(MOMENTUM, [
      { market: marketOf('AAA/USD'), firstCandleAt: 0, auxiliary: true },
    ]).evaluate(tapeWith({}), { indicators, strategy }, minute(0), minute(2));
    expect(aside).to.deep.equal({ decision: Uint8Array.of(0, 0), opportunities: [], failures: [] });
  });

  it('does not compare histograms across a missing tape', () => {
    const momentum = new StrategyEvaluator(MOMENTUM, [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }]);
    const at = (start: number) => ({ ...tapeWith({ values: { macd_histogram: 0.3 }, before: 0.2 }), start });
    momentum.evaluate(at(minute(0)), { indicators, strategy }, minute(0), minute(99));
    expect(
      DECISIONS[momentum.evaluate(at(minute(2)), { indicators, strategy }, minute(0), minute(99)).decision[0]!],
    ).to.equal('macd'); // 0.2 after 0.3
    expect(
      DECISIONS[momentum.evaluate(at(minute(9)), { indicators, strategy }, minute(0), minute(99)).decision[0]!],
    ).to.equal('unknown');
  });
});
