import type { DecidedBy } from '../../lib/market-data/scans.js';
import { expect } from 'chai';
import { Parity, type LiveOpportunity, type ParityTerms, type ReplayedTape } from '../../lib/report/parity.js';
import { DECISIONS, Decision } from '../../lib/strategy/decisions.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { Cell } from '../../lib/tape.js';
import { STORED, type StoredName } from '../../lib/training/stored.js';
import { candle, minute } from '../support/broker.js';
import { tapeOf } from '../support/tape.js';

const ROWS = 4;
const [RUN, CONFIGURATION] = [3, 8];
const code = (name: (typeof DECISIONS)[number]) => DECISIONS.indexOf(name);

const terms = (over: Partial<ParityTerms> = {}): ParityTerms => ({
  run: RUN,
  configuration: CONFIGURATION,
  main: 'momentum',
  strategies: [{ name: 'momentum', decisions: DECISIONS, trades: [], opportunities: [] }],
  notCompared: [],
  symbols: ['AAA/USD'],
  from: minute(0),
  to: minute(ROWS),
  firstStored: [minute(-20_000)],
  start: minute(-10_800),
  ...over,
});

/** A tape of one market whose decisions are those of `replay`; the run stored those of `live`. */
const tape = (
  replay: readonly (typeof DECISIONS)[number][],
  live: readonly (typeof DECISIONS)[number][],
  over: Partial<Record<StoredName, readonly number[]>> = {},
  found: readonly { readonly row: number; readonly score: number }[] = [],
): ReplayedTape => {
  const values = Object.fromEntries(STORED.map(name => [name, new Float64Array(ROWS).fill(NaN)])) as Record<
    StoredName,
    Float64Array
  >;
  values.live_run.fill(RUN);
  values.live_configuration.fill(CONFIGURATION);
  values.live_decision.set(live.map(code));
  for (const [name, column] of Object.entries(over)) values[name as StoredName].set(column);
  const bars = tapeOf(
    replay.map((_, row) => candle(row, 1, 1, 1, 1)),
    1,
  );
  bars.cell.set(replay.map(name => (name === 'gap' ? Cell.absent : Cell.traded)));
  return {
    signal: {
      ...bars,
      signals: ['momentum', 'loose'].map(name => ({
        setup: { ...MOMENTUM_SETUP, name },
        decision: Uint8Array.from(replay.map(code)),
        exits: null,
        opportunities: found.map(({ row, score }) => ({ market: 0, at: minute(row), close: 1, score, values: {} })),
      })),
    },
    settled: bars,
    stored: { present: new Uint8Array(ROWS).fill(1), values, firstSeen: [], snapshots: [] },
  };
};
const compare = (one: ReplayedTape, over: Partial<ParityTerms> = {}) => {
  const parity = new Parity(terms(over));
  parity.add(one);
  const { decisions, differing, unexplained, differences } = parity.report();
  const texts = differences.map(({ what, live, replay, reason }) => `${what} ${live} / ${replay}: ${reason}`);
  return { decisions, differing, unexplained, texts };
};

describe('the parity of a live run', () => {
  it('counts what is the same, and nothing of other runs or outside the period', () => {
    const same = tape(['rsi', 'macd', 'rsi', 'rsi'], ['rsi', 'macd', 'rsi', 'rsi'], {
      live_run: [RUN, RUN, 2, NaN],
    });
    expect(compare(same)).to.deep.equal({ decisions: 2, differing: 0, unexplained: 0, texts: [] });
    expect(compare(same, { from: minute(1) }).decisions).to.equal(1);
  });

  it('explains another configuration, candles that are gone, and a warm-up that is gone', () => {
    const one = tape(['rsi', 'gap', 'unknown', 'warming_up'], ['macd', 'rsi', 'rsi', 'rsi'], {
      live_configuration: [7, CONFIGURATION, CONFIGURATION, CONFIGURATION],
    });
    expect(compare(one, { firstStored: [minute(-100)] })).to.deep.equal({
      decisions: 4,
      differing: 4,
      unexplained: 0,
      texts: [
        'decision macd / rsi: decided under configuration 7',
        'decision rsi / gap: the candle is not stored any more',
        'decision rsi / unknown: the candles that warmed it up are not stored any more',
        'decision rsi / warming_up: the candles that warmed it up are not stored any more',
      ],
    });
    expect(compare(one).unexplained).to.equal(2); // the warm-up is stored
  });

  it('does not explain another decision, nor one that the strategy does not have', () => {
    const one = tape(['rsi', 'macd', 'rsi', 'rsi'], ['macd', 'macd', 'rsi', 'rsi'], {
      live_decision: [Decision.firstCondition + 1, code('macd'), NaN, code('rsi')],
    });
    expect(compare(one).texts).to.deep.equal(['decision macd / rsi: null', 'decision another decision / rsi: null']);
  });

  it('compares opportunities and their scores', () => {
    const all = ['opportunity', 'opportunity', 'opportunity', 'rsi'] as const;
    const found = [
      { row: 0, score: 0.5 },
      { row: 1, score: 0.5 },
      { row: 2, score: 0.5 },
    ];
    const live = (row: number, score: number) => ({ market: 'AAA/USD', at: minute(row), score });
    const one = tape(all, all, {}, found);
    const stored = (...opportunities: readonly LiveOpportunity[]) => ({
      strategies: [{ name: 'momentum', decisions: DECISIONS, trades: [], opportunities }],
    });
    expect(compare(one, stored(live(0, 0.5 + 1e-12), live(1, 0.5), live(2, 0.5))).texts).to.deep.equal([]);
    expect(compare(one, stored(live(0, 0.6), live(2, 0.5), live(3, 1))).texts).to.deep.equal([
      'score 0.6 / 0.5: null',
      'opportunity none / one: null',
      'opportunity one / none: null',
    ]);
  });

  it('compares every strategy by its name, and a shadow only where it decided then', () => {
    const all = ['rsi', 'macd', 'opportunity', 'rsi'] as const;
    const one = tape(all, all, {}, [{ row: 2, score: 0.5 }]);
    const shadow = (row: number, decision: string | null) =>
      [
        row,
        { decidedAt: minute(row + 1) + 500, shadows: decision === null ? null : { loose: decision }, exits: null },
      ] as const;
    const parity = new Parity(
      terms({
        strategies: [
          {
            name: 'momentum',
            decisions: DECISIONS,
            trades: [],
            opportunities: [{ market: 'AAA/USD', at: minute(2), score: 0.5 }],
          },
          { name: 'loose', decisions: DECISIONS, trades: [], opportunities: [] },
        ],
        notCompared: [{ name: 'mine', reason: 'mine.ts has changed' }],
      }),
    );
    parity.add({
      ...one,
      beside: new Map([shadow(0, 'rsi'), shadow(1, 'volume'), shadow(2, 'rsi'), shadow(3, null)]),
    });
    const { strategies, decisions, opportunities, differences, notCompared } = parity.report();
    expect(strategies).to.deep.equal([
      { name: 'momentum', decisions: 4, opportunities: 1, trades: 0 },
      { name: 'loose', decisions: 3, opportunities: 0, trades: 0 },
    ]);
    expect([decisions, opportunities, notCompared.length]).to.deep.equal([7, 1, 1]);
    expect(
      differences.map(({ strategy, what, live, replay, reason }) => [strategy, what, live, replay, reason].join(' ')),
    ).to.deep.equal(['loose decision volume macd ', 'loose decision rsi opportunity ', 'loose opportunity none one ']);
  });

  it('explains what another version of a strategy decided, and does not look for its opportunities', () => {
    const one = tape(['rsi', 'macd', 'opportunity', 'rsi'], ['macd', 'macd', 'rsi', 'macd'], {}, [
      { row: 2, score: 1 },
    ]);
    const strategies = [
      {
        name: 'momentum',
        decisions: DECISIONS,
        trades: [],
        opportunities: [],
        spans: [{ from: minute(3.5), to: Infinity }],
      },
    ];
    const beside = new Map(
      [0, 1, 2, 3].map(row => [row, { decidedAt: minute(row + 1) + 500, shadows: null, exits: null }] as const),
    );
    expect(compare({ ...one, beside }, { strategies }).texts).to.deep.equal([
      'decision macd / rsi: decided by another version of the strategy',
      'decision rsi / opportunity: decided by another version of the strategy',
      'decision macd / rsi: null',
    ]);
  });

  it('compares exit signals', () => {
    const all = ['rsi', 'rsi', 'rsi', 'rsi'] as const;
    const one = tape(all, all);
    const [momentum, loose] = one.signal.signals as readonly [DecidedBy, DecidedBy];
    const signals = [{ ...momentum, exits: Uint8Array.of(0, 1, 1, 0) }, loose];
    const exitsOf = (row: number) => (row === 1 ? ['momentum'] : row === 3 ? ['momentum', 'loose'] : null);
    const beside = new Map(
      [0, 1, 2, 3].map(row => [row, { decidedAt: null, shadows: null, exits: exitsOf(row) }] as const),
    );
    expect(compare({ ...one, signal: { ...one.signal, signals }, beside }).texts).to.deep.equal([
      'exit signal none / one: null',
      'exit signal one / none: null',
    ]);
  });

  it('looks for no opportunity of a replay where another configuration decided', () => {
    const all = ['opportunity', 'rsi', 'rsi', 'rsi'] as const;
    const one = tape(all, all, { live_configuration: [7, 8, 8, 8] }, [{ row: 0, score: 1 }]);
    expect(compare(one).texts).to.deep.equal([]);
  });
});
