import { expect } from 'chai';
import fc from 'fast-check';
import tulind from 'tulind';
import { contextOf } from '../../lib/cross-market/context.js';
import { marketOf } from '../../lib/market.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { requirementOf } from '../../lib/strategy/condition.js';
import { decisionsOf } from '../../lib/strategy/decisions.js';
import type { Failure } from '../../lib/strategy/evaluator.js';
import type { Check, Kit, Strategy, Value } from '../../lib/strategy/kit.js';
import { DeclarationError, KIT, type Declaration } from '../../lib/strategy/kit-tools.js';
import type { Judgement } from '../../lib/strategy/laws.js';
import { programOf, type StrategyProgram } from '../../lib/strategy/program.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { trialOf } from '../../lib/strategy/trial.js';
import { Cell, emptyTape, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { defaultSettings, settingsOf } from '../support/settings.js';

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'MINA/USD'];
const MINUTES = 6_000;
const START = Date.UTC(2026, 0, 5, 7, 30);
const [tape] = syntheticTapes(SYMBOLS, 3, START, START + MINUTES * MINUTE_MS, MINUTES) as unknown as [Tape];
const lively = settingsOf(`
momentum_strategy:
  roc: { periods: [1, 5], thresholds: [0.02, 0.05] }
  volume: { factor: 0.5 }
  trend: { min_adx: 5, timeframes: [5] }
`);

const declare = (declaration: (kit: Kit) => Strategy): Declaration => declaration(KIT) as Declaration;
const program = (declaration: (kit: Kit) => Strategy, given: Record<string, unknown> = {}): StrategyProgram =>
  programOf(declare(declaration), given, { indicators: defaultSettings.indicators, tulind: tulind.indicators });
const setupOf = (made: StrategyProgram): StrategySetup => ({
  ...MOMENTUM_SETUP,
  name: made.name,
  strategy: made,
  requested: made.requested,
  readsContext: made.readsContext,
});
const listings = (markets: number) =>
  SYMBOLS.slice(0, markets).map(symbol => ({ market: marketOf(symbol), firstCandleAt: NaN }));
const trial = (setup: StrategySetup, settings = defaultSettings, failures: Failure[] = []) =>
  trialOf({
    setup,
    settings,
    listings,
    context: markets => contextOf(listings(markets), 'USD'),
    onFailure: failure => failures.push(failure),
  });
const named = ({ decision }: Judgement, { strategy }: StrategySetup) => {
  const names = decisionsOf(strategy);
  return [...decision].map(code => names[code]!);
};
const countsOf = (names: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

describe('a declared strategy', () => {
  it('that says what momentum says decides as momentum does, with the same scores', () => {
    const { strategy: terms } = lively;
    const same = program(({ strategy, column, indicator, within, above, atLeast, scored, rises }) =>
      strategy({
        name: 'same',
        columns: () => ({
          histogram: indicator('macd', { output: 'macd_histogram' }),
          roc_1: column('roc_1'),
          roc_5: indicator('roc', { period: 5 }),
          middle: indicator('bb', { output: 'bb_middle' }),
          rsi: indicator('rsi'),
          usual: indicator('volume_sma', { period: 10 }),
          adx: column('adx_14'),
          plus: column('plus_di_14'),
          minus: indicator('adx', { output: 'minus_di' }),
          histogram_5: column('5m.macd_histogram'),
        }),
        entry: (columns, _, candle) => ({
          rsi: within(columns.rsi, terms.rsi.oversold, terms.rsi.overbought),
          macd: [above(columns.histogram, 0), rises(columns.histogram)],
          roc: [scored(atLeast(columns.roc_1, 0.02)), scored(atLeast(columns.roc_5, 0.05))],
          bollinger: above(candle.close, columns.middle),
          volume: scored(above(candle.volume, columns.usual.times(0.5))),
          trend: [scored(atLeast(columns.adx, 5)), above(columns.plus, columns.minus), above(columns.histogram_5, 0)],
        }),
      }),
    );
    // Momentum waits for 200 candles of each timeframe, however few its indicators need.
    const setup = setupOf({
      ...same,
      needed: new Map([
        [1, 200],
        [5, 200],
      ]),
    });
    const found = trial(setup, lively)([tape]);
    const expected = trial(MOMENTUM_SETUP, lively)([tape]);
    expect(countsOf(named(found, setup))).to.deep.equal(countsOf(named(expected, MOMENTUM_SETUP)));
    expect(named(found, setup)).to.deep.equal(named(expected, MOMENTUM_SETUP));
    expect([...found.score]).to.deep.equal([...expected.score]);
    expect(countsOf(named(found, setup))['opportunity']).to.be.above(50);
  });

  const breakout = (kit: Kit) =>
    kit.strategy({
      name: 'breakout',
      parameters: { period: kit.integer(2, 100, 20), factor: kit.real(0, 10, 1.2) },
      columns: ({ period }) => ({
        top: kit.indicator('max', { input: 'high', period }),
        usual: kit.indicator('volume_sma', { period: 10 }),
      }),
      entry: (columns, { factor }, candle) => ({
        breakout: kit.above(candle.close, columns.top.before(1)),
        volume: kit.above(candle.volume, columns.usual.times(factor)),
        run: kit.crossesAbove(candle.close.minus(candle.open).over(candle.open).times(100), 0.01),
      }),
    });
  const asFunction = (kit: Kit) =>
    kit.strategy({
      name: 'breakout',
      parameters: { period: kit.integer(2, 100, 20), factor: kit.real(0, 10, 1.2) },
      columns: ({ period }) => ({
        top: kit.indicator('max', { input: 'high', period }),
        usual: kit.indicator('volume_sma', { period: 10 }),
      }),
      conditions: ['breakout', 'volume', 'run'],
      lookBack: 1,
      decide: (row, { factor }) => {
        if (!(row.close > row.before('top', 1))) return 'breakout';
        if (!(row.volume > factor * row.usual)) return 'volume';
        const before = (row.before('close', 1) - row.before('open', 1)) / row.before('open', 1);
        return ((row.close - row.open) / row.open) * 100 > 0.01 && before * 100 <= 0.01 ? 1 : 'run';
      },
    });

  it('as conditions or as a function decides the same, whatever the tapes', () => {
    const setup = setupOf(program(breakout));
    const whole = named(trial(setup)([tape]), setup);
    expect(whole).to.include.members(['breakout', 'volume', 'run', 'opportunity', 'warming_up']);
    const other = setupOf(program(asFunction));
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: MINUTES - 1 }), { maxLength: 12 }), cuts => {
        const edges = [0, ...cuts.sort((a, b) => a - b), MINUTES];
        const tapes = edges.slice(1).map((to, n) => sliceTape(tape, edges[n]!, to));
        expect(named(trial(setup)(tapes), setup)).to.deep.equal(whole);
        expect(named(trial(other)(tapes), other)).to.deep.equal(whole);
      }),
      { numRuns: 5 },
    );
  });

  it('takes other parameters, and says in words what it needs', () => {
    const made = program(breakout, { period: 50 });
    expect(made.parameters).to.deep.equal({ period: 50, factor: 1.2 });
    expect(made.conditions.map(condition => requirementOf(condition, defaultSettings))).to.deep.equal([
      'close > max_50_high_before',
      'volume > 1.2 · volume_sma_10',
      '(((close - open) / open) * 100) > 0.01, (((close_before - open_before) / open_before) * 100) ≤ 0.01',
    ]);
    expect([...made.needed!]).to.deep.equal([[1, 51]]);
    const hourly = (kit: Kit) => {
      const columns = () => ({ mean: kit.indicator('ema', { period: 12, timeframe: 60 }) });
      return {
        columns,
        entry: kit.strategy({
          name: 'back',
          columns,
          entry: ({ mean }) => ({ rising: kit.above(mean, mean.before(90)) }),
        }),
        decide: kit.strategy({ name: 'back', columns, conditions: ['rising'], lookBack: 90, decide: () => 'rising' }),
      };
    };
    for (const kind of ['entry', 'decide'] as const)
      expect([...program(kit => hourly(kit)[kind]).needed!], kind).to.deep.equal([
        [1, 91],
        [60, 122],
      ]);
  });

  it('has indicators of its own, which begin anew after a gap', () => {
    const longest = program(({ strategy, own, atLeast }) =>
      strategy({
        name: 'streak',
        columns: () => ({
          up: own({
            candles: 2,
            start: () => ({ close: NaN, count: 0 }),
            step: (state, { close }) => {
              state.count = close > state.close ? state.count + 1 : 0;
              state.close = close;
              return state.count;
            },
          }),
        }),
        entry: columns => ({ streak: atLeast(columns.up, 4) }),
      }),
    );
    const setup = setupOf(longest);
    const judged = named(trial(setup)([tape]), setup);
    const expected = (lane: number) => {
      let count = 0;
      return Array.from({ length: MINUTES }, (_, row) => {
        const at = lane * MINUTES + row;
        count = row > 0 && tape.close[at]! > tape.close[at - 1]! ? count + 1 : 0;
        return count >= 4;
      });
    };
    const all = SYMBOLS.flatMap((_, lane) => expected(lane));
    judged.forEach((name, cell) => {
      if (name === 'opportunity' || name === 'streak')
        expect(name === 'opportunity', `cell ${cell}`).to.equal(all[cell]);
    });
    expect(judged).to.include('opportunity');
  });

  it('treats an infinite value as unknown, an earlier one too', () => {
    const made = setupOf(
      program(({ strategy, own, above }) =>
        strategy({
          name: 'infinite',
          columns: () => ({ odd: own({ start: () => 0, step: (_, { close, open }) => 1 / (close > open ? 0 : 1) }) }),
          entry: ({ odd }) => ({ odd: above(odd.before(1), 0) }),
        }),
      ),
    );
    const found = named(trial(made)([sliceTape(tape, 0, 500)]), made).slice(0, 500); // of the first market
    found.slice(1).forEach((decision, row) => {
      if (tape.cell[row + 1] === Cell.traded)
        expect(decision, `row ${row + 1}`).to.equal(tape.close[row]! > tape.open[row]! ? 'unknown' : 'opportunity');
    });
    expect(found).to.include.members(['unknown', 'opportunity']);
  });

  it('does not know an indicator of its own that fails, up to the next gap, and says on which candle it failed', () => {
    const made = program(({ strategy, own, above }) =>
      strategy({
        name: 'broken',
        columns: () => ({
          odd: own({
            start: () => ({ seen: 0 }),
            step: state => {
              if (++state.seen === 30) throw new Error('no idea');
              return 1;
            },
          }),
        }),
        entry: ({ odd }) => ({ odd: above(odd, 0) }),
      }),
    );
    const broken = sliceTape(tape, 0, 60);
    broken.cell[60 + 40] = Cell.absent; // of the second market
    for (const cuts of [[60], [7, 29, 30, 60], Array.from({ length: 60 }, (_, n) => n + 1)]) {
      const failures: Failure[] = [];
      const tapes = cuts.map((to, n) => sliceTape(broken, cuts[n - 1] ?? 0, to));
      const found = named(trial(setupOf(made), defaultSettings, failures)(tapes), setupOf(made));
      expect(failures.map(({ market, at, error, isLast }) => [market, at, error.message, isLast])).to.deep.equal(
        [0, 1, 2].map(market => [market, START + 29 * MINUTE_MS, 'column odd: no idea', false]),
      );
      const traded = (from: number, to: number) =>
        new Set(found.slice(from, to).filter((_, n) => broken.cell[from + n] === Cell.traded));
      expect([...traded(0, 29)]).to.deep.equal(['opportunity']);
      expect([...traded(29, 60)]).to.deep.equal(['unknown']);
      expect([...traded(60 + 29, 60 + 40)]).to.deep.equal(['unknown']);
      expect([...traded(60 + 41, 60 + 60)]).to.deep.equal(['opportunity']);
    }
  });

  it('scores how far a value is beyond its threshold, in the direction of the check', () => {
    const scores = (check: (kit: Kit, close: Value) => Check): readonly number[] => {
      const made = setupOf(
        program(kit => kit.strategy({ name: 'scores', entry: (_, __, { close }) => ({ only: check(kit, close) }) })),
      );
      const { score } = trial(made)([flat]);
      return [...score].filter(one => !Number.isNaN(one)).map(one => Math.round(one * 1e6) / 1e6);
    };
    const closes = [80, 100, 125];
    const flat = emptyTape(START, closes.length, 1);
    flat.cell.fill(Cell.traded);
    for (const name of ['open', 'high', 'low', 'close'] as const) flat[name].set(closes);
    flat.volume.fill(1);
    expect(scores(({ scored, above }, close) => scored(above(close, 90)))).to.deep.equal([0.111111, 0.388889]);
    expect(scores(({ scored, below }, close) => scored(below(close, 125)))).to.deep.equal([0.36, 0.2]);
    expect(scores(({ scored, atMost }, close) => scored(atMost(close, 160)))).to.deep.equal([0.5, 0.375, 0.21875]);
    expect(scores(({ scored, within }, close) => scored(within(close, 50, 200)))).to.deep.equal([0.6, 0.75, 0.6875]);
    // Only how far it is beyond now: where it came from says nothing about its strength.
    expect(scores(({ scored, crossesAbove }, close) => scored(crossesAbove(close, 80)))).to.deep.equal([0.25]);
    expect(scores(({ scored, above }, close) => scored(above(close, -1)))).to.deep.equal([1, 1, 1]);
    expect(scores(({ above }, close) => above(close, 90))).to.deep.equal([1, 1]);
  });

  it('reads how a market relates to the others', () => {
    const broad = program(({ strategy, column, above }) =>
      strategy({
        name: 'broad',
        columns: () => ({ breadth: column('breadth') }),
        entry: ({ breadth }) => ({ breadth: above(breadth, 0.5) }),
      }),
    );
    expect(broad.readsContext).to.equal(true);
    expect(named(trial(setupOf(broad))([tape]), setupOf(broad))).to.include.members(['breadth', 'opportunity']);
  });

  it('that fails is an error on that candle, and after three in a row on every further one', () => {
    const failing = (times: number) =>
      program(({ strategy }) => {
        let calls = 0;
        return strategy({
          name: 'failing',
          conditions: ['never'],
          decide: () => {
            calls++;
            if (calls > 100 && calls <= 100 + times) throw new Error('no idea');
            return 'never';
          },
        });
      });
    const run = (times: number) => {
      const setup = setupOf(failing(times));
      const failures: Failure[] = [];
      const names = named(trial(setup, defaultSettings, failures)([sliceTape(tape, 0, 300)]), setup);
      return { counts: countsOf(names), failures };
    };
    const twice = run(2);
    expect(twice.counts['error']).to.equal(2);
    expect(twice.failures.map(({ error, isLast }) => `${error.message} ${isLast}`)).to.deep.equal([
      'no idea false',
      'no idea false',
    ]);
    const often = run(3);
    expect(often.counts['error']).to.be.within(100, 200); // on the first market, whose other 100 candles came before
    expect(often.failures.map(({ isLast }) => isLast)).to.deep.equal([false, false, true]);
  });

  it('that fails is switched off on the market of its failures, at the same candle whatever the tapes', () => {
    const setup = setupOf(
      program(({ strategy }) =>
        strategy({
          name: 'failing',
          conditions: ['never'],
          decide: ({ close, open }) => {
            if (close < open) throw new Error('no idea');
            return 'never';
          },
        }),
      ),
    );
    const part = sliceTape(tape, 0, 120);
    const whole = named(trial(setup)([part]), setup);
    const offAt = SYMBOLS.map((_, market) => {
      const lane = whole.slice(market * 120, (market + 1) * 120);
      return lane.lastIndexOf('never');
    });
    expect(offAt.every(row => row > 0 && row < 100)).to.equal(true);
    expect(new Set(offAt).size).to.be.above(1);
    const single = Array.from({ length: 120 }, (_, row) => sliceTape(part, row, row + 1));
    expect(named(trial(setup)(single), setup)).to.deep.equal(whole);
  });

  it('that returns what is no condition and no score is an error', () => {
    for (const [said, message] of [
      ['else', /^decide returned else: expected one of never, or a score$/],
      [7, /^decide returned 7: expected a score from 0 to 1$/],
      [undefined, /^decide returned undefined: expected one of never/],
    ] as const) {
      const made = program(({ strategy }) =>
        strategy({ name: 'odd', conditions: ['never'], decide: () => said as string }),
      );
      const failures: Failure[] = [];
      trial(setupOf(made), defaultSettings, failures)([sliceTape(tape, 0, 300)]);
      expect(failures[0]!.error.message).to.match(message);
    }
  });

  const refusals: readonly [string, (kit: Kit) => Strategy, RegExp][] = [
    [
      'a name with spaces',
      kit => kit.strategy({ name: 'My one', entry: (_, __, candle) => ({ up: kit.above(candle.close, 1) }) }),
      /^the name of the strategy is "My one": expected lower case letters/,
    ],
    [
      'a condition named as a decision',
      kit => kit.strategy({ name: 'a', entry: (_, __, candle) => ({ unknown: kit.above(candle.close, 1) }) }),
      /^condition unknown has the name of a decision: expected another one$/,
    ],
    ['no condition', kit => kit.strategy({ name: 'a', entry: () => ({}) }), /^entry has 0 conditions: expected 1 to/],
    [
      'a check that is none',
      kit => kit.strategy({ name: 'a', entry: () => ({ up: true as never }) }),
      /^condition up is true: expected checks of the kit/,
    ],
    [
      'a column that is none',
      kit => kit.strategy({ name: 'a', columns: () => ({ rsi: 14 as never }), entry: () => ({}) }),
      /^column rsi is 14: expected one of the kit/,
    ],
    [
      'a column with a name of the candle',
      kit => kit.strategy({ name: 'a', columns: () => ({ before: kit.column('rsi_14') }), entry: () => ({}) }),
      /^column before has a name of the candle \(open, high, low, close, volume, before\): expected another one$/,
    ],
    [
      'a column of ours that does not exist',
      kit => kit.strategy({ name: 'a', columns: () => ({ rsi: kit.column('rsi_15') }), entry: () => ({}) }),
      /^column rsi is column\("rsi_15"\), which does not exist: did you mean rsi_14\?$/,
    ],
    [
      'a threshold that is no number',
      kit => kit.strategy({ name: 'a', entry: (_, __, { close }) => ({ up: kit.above(close, NaN) }) }),
      /^NaN is compared with: expected a finite number/,
    ],
    [
      'a look into the future',
      kit => kit.strategy({ name: 'a', entry: (_, __, { close }) => ({ up: kit.above(close.before(-1), 1) }) }),
      /^before\(-1\): expected a whole number of candles from 0 to 1440$/,
    ],
    [
      'a default out of bounds',
      kit => kit.strategy({ name: 'a', parameters: { n: kit.integer(1, 5, 9) }, entry: () => ({}) }),
      /^a parameter's default is 9: expected a whole number from 1 to 5$/,
    ],
  ];
  for (const [what, declaration, message] of refusals)
    it(`is refused: ${what}`, () => {
      expect(() => program(declaration)).to.throw(DeclarationError, message);
    });

  it('is refused with parameters that it does not have or that are out of bounds', () => {
    expect(() => program(breakout, { perod: 3 })).to.throw(
      DeclarationError,
      'strategy breakout has no parameter "perod" (did you mean period?): expected period, factor',
    );
    expect(() => program(breakout, { period: 1.5 })).to.throw(
      DeclarationError,
      'parameter period of breakout is 1.5: expected a whole number from 2 to 100',
    );
  });
});
