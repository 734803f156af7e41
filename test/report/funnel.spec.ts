import { expect } from 'chai';
import { DecisionTally, together, type DecisionCounts } from '../../lib/report/decision-tally.js';
import { funnelOf } from '../../lib/report/funnel.js';
import type { Outcomes } from '../../lib/report/performance.js';
import { defaultSettings } from '../support/settings.js';
import { DECISIONS, Decision } from '../../lib/strategy/decisions.js';
import { MOMENTUM } from '../../lib/strategy/momentum.js';
import { Verdict, verdictOf } from '../../lib/universe/verdict.js';

const nothing: Outcomes = { taken: 0, expired: 0, rejected: {} };

const funnel = (
  decisions: DecisionCounts['decisions'],
  outcomes: Outcomes = nothing,
  notTradable: DecisionCounts['notTradable'] = {},
) => funnelOf({ decisions, notTradable }, outcomes, MOMENTUM, defaultSettings);

describe('the decision funnel', () => {
  it('says how many candles are left after each condition in turn', () => {
    const { candles, evaluated, steps, opportunities, explanation } = funnel(
      { gap: 5, quiet: 10, rsi: 40, macd: 30, roc: 20, bollinger: 4, volume: 3, trend: 2, opportunity: 1 },
      { ...nothing, taken: 1 },
    );
    // 40+30+20+4+3+2+1 = 100 evaluated; 100−40 = 60, −30 = 30, −20 = 10, −4 = 6, −3 = 3, −2 = 1
    expect({ candles, evaluated, opportunities }).to.deep.equal({ candles: 115, evaluated: 100, opportunities: 1 });
    expect(steps.map(({ condition, passed }) => `${condition} ${passed}`)).to.deep.equal([
      'rsi 60',
      'macd 30',
      'roc 10',
      'bollinger 6',
      'volume 3',
      'trend 1',
    ]);
    expect(explanation).to.deep.equal([]);
  });

  it('leaves out the trend when it is not required', () => {
    const settings = { ...defaultSettings.strategy, trend: { ...defaultSettings.strategy.trend, required: false } };
    const { steps } = funnelOf({ decisions: { rsi: 1 }, notTradable: {} }, nothing, MOMENTUM, {
      ...defaultSettings,
      strategy: settings,
    });
    expect(steps.map(({ condition }) => condition)).to.not.include('trend');
  });

  it('explains a run without trades by the condition that nothing passed', () => {
    expect(funnel({ rsi: 1000, macd: 500, roc: 1500 }).explanation).to.deep.equal([
      'No candle passed condition roc (needs roc_1 ≥ 0.5 %, roc_5 ≥ 1 %, roc_15 ≥ 1.5 %): 1,500 candles of 3,000 evaluated came that far.',
    ]);
  });

  it('explains it by the rules of the universe when nothing was evaluated', () => {
    expect(
      funnel({ not_tradable: 90, warming_up: 10 }, nothing, { daily_volume: 80, not_judged: 10 }).explanation,
    ).to.deep.equal([
      'None of 100 candles was evaluated: not tradable 90, warming up 10.',
      'Not tradable, by the first rule that failed: daily volume 80, not judged 10.',
    ]);
    expect(funnel({}).explanation).to.deep.equal(['There is no candle in the period.']);
  });

  it('explains it by what became of the opportunities', () => {
    const { explanation, waiting } = funnel(
      { rsi: 10, opportunity: 6 },
      { taken: 0, expired: 2, rejected: { size_too_small: 3 } },
    );
    expect(waiting).to.equal(1); // 6 − 2 − 3
    expect(explanation).to.deep.equal([
      'None of 6 opportunities became a trade: size too small 3, expired 2, waiting at the end 1.',
    ]);
  });
});

describe('the tally of decisions', () => {
  const rsi = Decision.firstCondition;
  const { outside, gap, notTradable, opportunity } = Decision;

  it('counts each cell of the period once, market by market, over tapes', () => {
    const tally = new DecisionTally(2);
    const tradable = Verdict.tradable;
    tally.add({
      minutes: 3,
      markets: 2,
      decision: Uint8Array.of(outside, rsi, notTradable, gap, rsi, opportunity),
      verdict: Uint8Array.of(0, tradable, verdictOf('daily_volume'), tradable, tradable, tradable),
    });
    tally.add({
      minutes: 1,
      markets: 2,
      decision: Uint8Array.of(notTradable, rsi),
      verdict: Uint8Array.of(Verdict.notJudged, tradable),
    });
    expect(tally.of(0)).to.deep.equal({
      decisions: { rsi: 1, not_tradable: 2 },
      notTradable: { daily_volume: 1, not_judged: 1 },
    });
    expect(tally.of(1)).to.deep.equal({ decisions: { gap: 1, rsi: 2, opportunity: 1 }, notTradable: {} });
    expect(together([tally.of(0), tally.of(1)]).decisions).to.deep.equal({
      rsi: 3,
      not_tradable: 2,
      gap: 1,
      opportunity: 1,
    });
  });

  it('has room for every decision', () => {
    const tally = new DecisionTally(2);
    const decision = Uint8Array.from({ length: 2 * DECISIONS.length }, (_, i) => i % DECISIONS.length);
    tally.add({ minutes: DECISIONS.length, markets: 2, decision, verdict: new Uint8Array(decision.length) });
    expect(Object.values(tally.of(0).decisions)).to.deep.equal(new Array(DECISIONS.length - 1).fill(1));
    expect(tally.of(1)).to.deep.equal(tally.of(0));
  });
});
