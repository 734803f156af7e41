import { expect } from 'chai';
import tulind from 'tulind';
import { contextOf } from '../../lib/cross-market/context.js';
import { marketOf } from '../../lib/market.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import type { Kit, Strategy } from '../../lib/strategy/kit.js';
import { KIT, type Declaration } from '../../lib/strategy/kit-tools.js';
import { LawCheck, type Judgement, type Law, type LawResult, type Run } from '../../lib/strategy/laws.js';
import { decisionsOf } from '../../lib/strategy/decisions.js';
import { programOf } from '../../lib/strategy/program.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../lib/strategy/setup.js';
import { trialOf } from '../../lib/strategy/trial.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { drawsOf, uniform } from '../../lib/simulator/market/random.js';
import { defaultSettings } from '../support/settings.js';

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'MINA/USD'];
const [WARM, JUDGED] = [1_500, 1_500];
const MINUTES = WARM + JUDGED;
const START = Date.UTC(2026, 0, 5, 7, 30);
const tapeOf = (seed: number): Tape =>
  [...syntheticTapes(SYMBOLS, seed, START, START + MINUTES * MINUTE_MS, MINUTES)][0]!;
const OPPORTUNITY = 1;
/** A repeatable sequence of numbers from 0 up to 1. */
const sequence = (seed: number): (() => number) => {
  const draw = drawsOf(seed, 'laws', 0);
  return () => uniform(draw);
};

const check = (run: Run, tape: Tape, opportunity = OPPORTUNITY, seed = 1): readonly LawResult[] => {
  const next = sequence(seed);
  return new LawCheck(tape, run, { random: next, warmUp: WARM, cases: 10, opportunity, readsOthers: false }).check();
};

/** A strategy as arrays, so that it can cheat: buys where the close exceeds the mean of the last 20. */
const joined = (
  tapes: readonly Tape[],
  decide: (tape: Tape, lane: number, row: number, history: readonly number[], all: readonly number[]) => boolean,
  forgets = false,
): Judgement => {
  const { markets } = tapes[0]!;
  const minutes = tapes.reduce((sum, tape) => sum + tape.minutes, 0);
  const decision = new Uint8Array(minutes * markets);
  const score = new Float64Array(minutes * markets).fill(NaN);
  const histories = Array.from({ length: markets }, (): number[] => []);
  let offset = 0;
  const all: number[] = [];
  for (const tape of tapes) {
    for (let lane = 0; lane < markets; lane++) {
      const history = histories[lane]!;
      if (forgets) history.length = 0;
      for (let row = 0; row < tape.minutes; row++) {
        const close = tape.close[lane * tape.minutes + row]!;
        history.push(close);
        all.push(close);
        const cell = lane * minutes + offset + row;
        if (decide(tape, lane, row, history, all)) {
          decision[cell] = OPPORTUNITY;
          score[cell] = 1;
        }
      }
    }
    offset += tape.minutes;
  }
  return { decision, score };
};
const mean = (values: readonly number[], count: number): number => {
  const last = values.slice(-count);
  return last.length < count ? NaN : last.reduce((sum, value) => sum + value, 0) / count;
};
const isHigh = (history: readonly number[]): boolean => history.at(-1)! > 1.0005 * mean(history, 20);

/** The cheats, each with the law that it has to break within five cases. */
const CHEATS: readonly (readonly [string, () => Run, Law])[] = [
  [
    'looks one candle ahead',
    () => tapes =>
      joined(tapes, (tape, lane, row, history) =>
        row + 1 < tape.minutes
          ? tape.close[lane * tape.minutes + row + 1]! > history.at(-1)! && isHigh(history)
          : isHigh(history),
      ),
    'future',
  ],
  [
    'looks one candle ahead in one of 500 rows',
    () => tapes =>
      joined(tapes, (tape, lane, row, history) => {
        const minute = tape.start / MINUTE_MS + row;
        const next = row + 1 < tape.minutes ? tape.close[lane * tape.minutes + row + 1]! : NaN;
        return (minute * 7919 + lane) % 500 < 1 ? next > history.at(-1)! : false;
      }),
    'future',
  ],
  [
    "scales by the tape's maximum",
    () => tapes => {
      const highest = new Map<string, number>();
      return joined(tapes, (tape, lane, row) => {
        const closes = tape.close.subarray(lane * tape.minutes, (lane + 1) * tape.minutes);
        const key = `${tape.start} ${lane}`;
        if (!highest.has(key)) highest.set(key, Math.max(...closes));
        return closes[row]! > 0.97 * highest.get(key)!;
      });
    },
    'cuts',
  ],
  [
    'sells by the next candle',
    () => tapes => {
      const { decision, score } = joined(tapes, (_, __, ___, history) => isHigh(history));
      const next = joined(tapes, (tape, lane, row) => tape.close[lane * tape.minutes + row + 1]! < 100);
      return { decision, score, exits: next.decision };
    },
    'cuts',
  ],
  ['forgets at each tape', () => tapes => joined(tapes, (_, __, ___, history) => isHigh(history), true), 'cuts'],
  [
    'leaks from one market into the next',
    () => tapes => joined(tapes, (_, __, ___, ____, all) => isHigh(all)),
    'alone',
  ],
  [
    'counts since the start',
    () => tapes => joined(tapes, (_, __, ___, history) => history.length % 7 === 0 && isHigh(history)),
    'later start',
  ],
  [
    'rolls dice',
    () => {
      const dice = sequence(99);
      return tapes => joined(tapes, (_, __, ___, history) => isHigh(history) && dice() > 0.5);
    },
    'twice',
  ],
];

describe('the laws of a strategy', () => {
  for (const [cheat, make, law] of CHEATS)
    it(`catch one that ${cheat} within five cases`, () => {
      for (const seed of [1, 2, 3]) {
        const breaches = check(make(), tapeOf(seed), OPPORTUNITY, seed).flatMap(({ breach }) => breach ?? []);
        expect(
          breaches.map(breach => breach.law),
          `seed ${seed}`,
        ).to.include(law);
        expect(Math.min(...breaches.map(breach => breach.case)), `seed ${seed}`).to.be.at.most(5);
      }
    });

  it('hold for the same strategy without a cheat', () => {
    const results = check(tapes => joined(tapes, (_, __, ___, history) => isHigh(history)), tapeOf(1));
    expect(results.flatMap(({ breach }) => breach ?? [])).to.deep.equal([]);
    expect(results.every(({ cases, compared }) => cases > 0 && compared > 0)).to.equal(true);
  });

  /** Honest strategies of many kinds. */
  const honest: readonly (readonly [string, (kit: Kit) => Strategy, number])[] = (
    [
      ['rsi', { period: 7 }, 70],
      ['rsi', { period: 14, timeframe: 5 }, 60],
      ['rsi', { period: 10, input: 'high' }, 65],
      ['macd', { fast: 6, slow: 13, signal: 5, output: 'macd_histogram' }, 0],
      ['roc', { period: 15 }, 0.2],
      ['roc', { period: 3, timeframe: 15 }, 0.3],
      ['bb', { period: 20, output: 'bb_middle' }, 100],
      ['atr', { period: 14 }, 0.1],
      ['adx', { period: 10, output: 'plus_di' }, 25],
      ['volume_sma', { period: 30 }, 1],
      ['vwap', {}, 100],
      ['obv', {}, 0],
      ['max', { period: 60, input: 'high' }, 100],
      ['min', { period: 30, input: 'low', timeframe: 5 }, 100],
      ['willr', { period: 14 }, -20],
      ['stochrsi', { period: 14 }, 0.8],
      ['kama', { period: 10 }, 100],
      ['mfi', { period: 14, timeframe: 3 }, 60],
      ['ema', { period: 9 }, 100],
      ['cci', { period: 20 }, 50],
      ['psar', { acceleration_factor_step: 0.02, acceleration_factor_maximum: 0.2 }, 100],
    ] as const
  ).map(([name, options, threshold]) => [
    `${name} ${JSON.stringify(options)}`,
    kit =>
      kit.strategy({
        name: 'honest',
        columns: () => ({ value: kit.indicator(name, options) }),
        entry: ({ value }, _, { close }) => ({
          high: threshold === 100 ? kit.above(close, value.before(2)) : kit.above(value, threshold),
          rises: kit.scored(kit.above(close, close.before(5))),
        }),
        exit: ({ value }, _, { close }) => ({ falls: kit.falls(value), lower: kit.below(close, close.before(7)) }),
      }),
    'timeframe' in options ? options.timeframe : 1,
  ]);
  const setups: readonly (readonly [string, StrategySetup, number])[] = [
    ['momentum', MOMENTUM_SETUP, 15],
    ...honest.map(([name, declare, timeframe]) => {
      const made = programOf(
        declare(KIT) as Declaration,
        {},
        { indicators: defaultSettings.indicators, tulind: tulind.indicators },
      );
      return [name, { ...MOMENTUM_SETUP, strategy: made, requested: made.requested }, timeframe] as const;
    }),
  ];
  for (const [name, setup, timeframe] of setups)
    it(`raise no false alarm: ${name}`, function () {
      this.timeout(60_000);
      const listings = (markets: number) =>
        SYMBOLS.slice(0, markets).map(symbol => ({ market: marketOf(symbol), firstCandleAt: NaN }));
      const run = trialOf({
        setup,
        settings: defaultSettings,
        listings,
        context: markets => contextOf(listings(markets), 'USD'),
        onFailure: ({ error }) => expect.fail(error.message),
      });
      const opportunity = decisionsOf(setup.strategy).indexOf('opportunity');
      // Long enough for what begins anew each day, and for 720 candles of the timeframe.
      const next = sequence(7);
      const warmUp = 720 * timeframe + 1_440;
      const minutes = warmUp + 460;
      const [tape] = [...syntheticTapes(SYMBOLS, 4, START, START + minutes * MINUTE_MS, minutes)];
      const results = new LawCheck(tape!, run, {
        random: next,
        warmUp,
        cases: 1,
        opportunity,
        readsOthers: false,
      }).check();
      expect(results.flatMap(({ breach }) => breach ?? [])).to.deep.equal([]);
      expect(results.every(({ cases }) => cases > 0)).to.equal(true);
    });
});
