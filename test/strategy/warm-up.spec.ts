import { expect } from 'chai';
import fc from 'fast-check';
import tulind from 'tulind';
import type { TimeframeHistory } from '../../lib/indicators/timeframe-history.js';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { Decision } from '../../lib/strategy/decisions.js';
import { StrategyEvaluator } from '../../lib/strategy/evaluator.js';
import type { IndicatorOptions } from '../../lib/strategy/kit.js';
import { KIT, type Declaration } from '../../lib/strategy/kit-tools.js';
import { programOf } from '../../lib/strategy/program.js';
import { sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { marketOf } from '../../lib/market.js';
import { CHARACTERS, generated, higherOf, START } from '../indicators/series.js';
import { casesOf } from '../support/runs.js';
import { defaultSettings } from '../support/settings.js';

const LONG = 6_000;
const tape = generated(CHARACTERS['ordinary']!, LONG, 17, START + 3 * MINUTE_MS);
/** The exchange's candles of the higher timeframes: prices alone. */
const history: TimeframeHistory = (_, minutes) => ([5, 15].includes(minutes) ? higherOf(tape, minutes) : null);

/** Requests of every kind, and whether the value depends on a window alone. */
const REQUESTS: readonly (readonly [string, IndicatorOptions, 'window' | 'fades'])[] = [
  ['ema', { period: 20, input: 'volume', timeframe: 5 }, 'fades'],
  ['sma', { period: 20, input: 'volume', timeframe: 5 }, 'window'],
  ['max', { period: 30, input: 'open', timeframe: 15 }, 'window'],
  ['rsi', { period: 7, input: 'volume', timeframe: 5 }, 'fades'],
  ['mfi', { period: 14, timeframe: 5 }, 'window'],
  ['max', { period: 30, input: 'high', timeframe: 15 }, 'window'],
  ['ema', { period: 20, timeframe: 15 }, 'fades'],
  ['rsi', { period: 10, timeframe: 5 }, 'fades'],
  ['sma', { period: 40, timeframe: 3 }, 'window'],
  ['sma', { period: 60, input: 'volume' }, 'window'],
];

/** Decides on a tape by one column, and says where its value is known: warm, and not null. */
const run = (name: string, options: IndicatorOptions, of: Tape, known?: TimeframeHistory) => {
  const { strategy, indicator, above } = KIT;
  const declared = strategy({
    name: 'one',
    columns: () => ({ value: indicator(name, options) }),
    entry: ({ value }) => ({ above: above(value, -1e9) }),
  });
  const { indicators } = defaultSettings;
  const program = programOf(declared as Declaration, {}, { indicators, tulind: tulind.indicators });
  const { columns, candles } = new IndicatorSet(indicators, 1, known, program.requested).advance(of);
  const evaluator = new StrategyEvaluator(program, [{ market: marketOf('BTC/USD'), firstCandleAt: NaN }]);
  const verdict = new Uint8Array(of.minutes).fill(Verdict.tradable);
  const evaluation = evaluator.evaluate(
    { ...of, indicators: columns, candles, verdict },
    defaultSettings,
    -Infinity,
    Infinity,
  );
  return { decision: evaluation.decision, value: columns.get(program.keys.get('value')!)! };
};

describe('the warm-up of a requested column', () => {
  for (const [name, options, kind] of REQUESTS)
    it(`is over at a later start only where the value is that of an earlier start: ${name} ${JSON.stringify(options)}`, () => {
      const earlier = run(name, options, tape);
      const largest = Math.max(...earlier.value.filter(Number.isFinite).map(Math.abs));
      let known = 0;
      fc.assert(
        fc.property(fc.integer({ min: 1_000, max: LONG - 2_000 }), start => {
          const later = run(name, options, sliceTape(tape, start, LONG), history);
          for (let row = 0; row < later.value.length; row++) {
            const code = later.decision[row]!;
            if (code === Decision.warmingUp) continue;
            known++;
            const [found, expected] = [later.value[row]!, earlier.value[start + row]!];
            if (code !== earlier.decision[start + row]) expect.fail(`row ${row}: another decision`);
            if (!(Math.abs(found - expected) <= (kind === 'window' ? 1e-9 : 1e-4) * largest))
              expect.fail(`row ${row}: ${found} instead of ${expected}`);
          }
        }),
        { numRuns: casesOf(5), seed: 3 },
      );
      expect(known).to.be.above(1_000);
    });

  it('uses the history of prices, which columns of prices alone do not wait for', () => {
    const start = 2_000;
    const first = (name: string, options: IndicatorOptions) =>
      run(name, options, sliceTape(tape, start, LONG), history).decision.findIndex(code => code !== Decision.warmingUp);
    expect(first('max', { period: 30, input: 'high', timeframe: 15 })).to.equal(0);
    // Minute 2,003 is the first: the first whole candle of 15 minutes begins in row 7, and the 30th ends in row 456.
    expect(first('max', { period: 30, input: 'open', timeframe: 15 })).to.equal(456);
  });
});
