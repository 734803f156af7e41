import { expect } from 'chai';
import { from } from 'rxjs';
import { marketOf } from '../../lib/market.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { MOMENTUM } from '../../lib/strategy/momentum.js';
import { checksOf, decisionOf, unknownIn, type Values } from '../../lib/strategy/explain.js';
import { DAY_MS } from '../../lib/units.js';
import { backtest } from '../../streams/backtest.js';
import { EAGER } from '../bin/market-files.js';
import { settingsOf } from '../support/settings.js';

const settings = settingsOf();

/** A candle on which every condition of the defaults holds. */
const good: Values = {
  close: 101,
  volume: 16,
  rsi_14: 60,
  macd_histogram: 0.5,
  macd_histogram_before: 0.4,
  roc_1: 0.5,
  roc_5: 1,
  roc_15: 1.5,
  bb_middle: 100,
  volume_sma_10: 10,
  adx_14: 25,
  plus_di_14: 30,
  minus_di_14: 20,
  '5m.macd_histogram': 0.1,
  '15m.macd_histogram': 0.1,
};
const decided = (over: Values, yaml = '{}') => decisionOf(checksOf({ ...good, ...over }, settingsOf(yaml)));

describe('the explanation of a decision', () => {
  it('is an opportunity where every comparison holds, with thresholds that may be met exactly only where they say ≥', () => {
    expect(decided({})).to.equal('opportunity');
    const checks = checksOf(good, settings);
    expect(checks.map(({ condition }) => condition)).to.deep.equal(
      'rsi rsi macd macd roc roc roc bollinger volume trend trend trend trend'.split(' '),
    );
    expect(checks.every(({ holds }) => holds)).to.equal(true);
  });

  const failures: readonly (readonly [condition: string, over: Values])[] = [
    ['rsi', { rsi_14: 70 }],
    ['rsi', { rsi_14: 30 }],
    ['macd', { macd_histogram: 0, macd_histogram_before: -1 }],
    ['macd', { macd_histogram: 0.4 }],
    ['roc', { roc_5: 0.999 }],
    ['bollinger', { close: 100 }],
    ['volume', { volume: 15 }], // 1.5 · 10
    ['trend', { adx_14: 24.9 }],
    ['trend', { plus_di_14: 20 }],
    ['trend', { '15m.macd_histogram': 0 }],
  ];
  for (const [condition, over] of failures)
    it(`names ${condition} where ${JSON.stringify(over)}`, () => expect(decided(over)).to.equal(condition));

  it('names the first condition that failed, in the order in which they are asked', () => {
    expect(decided({ volume: 1, macd_histogram: -1, adx_14: 1 })).to.equal('macd');
  });

  it('asks for no trend where none is required', () => {
    const yaml = 'momentum_strategy: { trend_confirmation_required: false }';
    expect(decided({ adx_14: null }, yaml)).to.equal('opportunity');
  });

  it('says which values were not known, the previous histogram among them, whatever else failed', () => {
    const checks = checksOf({ ...good, rsi_14: 99, volume_sma_10: null, macd_histogram_before: undefined }, settings);
    expect(decisionOf(checks)).to.equal('unknown');
    expect(unknownIn(checks)).to.deep.equal(['macd_histogram_before', '1.5 · volume_sma_10']);
  });

  it('agrees with the strategy on every candle of a generated market that it was asked about', () => {
    const eager = settingsOf(EAGER);
    const symbols = ['BTC/USD', 'ETH/USD', 'SOL/USD'];
    const start = Date.UTC(2026, 1, 1);
    const to = start + 4 * DAY_MS;
    const seen = new Map<string, number>();
    backtest({
      tape$: from(syntheticTapes(symbols, 7, start, to, 1_440)),
      listings: symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt: 0 })),
      period: { from: start + 2 * DAY_MS, to },
      settings: eager,
    }).subscribe(step => {
      if (step.kind === 'ended') return;
      const { tape } = step.change;
      for (let cell = 0; cell < tape.minutes * tape.markets; cell++) {
        const decision = DECISIONS[tape.decision[cell]!]!;
        if (decision !== 'opportunity' && !MOMENTUM.conditions.some(({ name }) => name === decision)) continue;
        if (cell % tape.minutes === 0) continue; // its histogram before is of the last tape
        const values: Record<string, number> = { close: tape.close[cell]!, volume: tape.volume[cell]! };
        for (const [key, column] of tape.indicators) values[key] = column[cell]!;
        values['macd_histogram_before'] = tape.indicators.get('macd_histogram')![cell - 1]!;
        const found = decisionOf(checksOf(values, eager));
        if (found !== decision) expect.fail(`cell ${cell}: ${found} instead of ${decision}`);
        seen.set(decision, (seen.get(decision) ?? 0) + 1);
      }
    });
    expect([...seen.keys()]).to.include.members(['rsi', 'macd', 'roc', 'volume', 'opportunity']);
  });
});
