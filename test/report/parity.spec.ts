import { expect } from 'chai';
import { Parity, type ParityTerms, type ReplayedTape } from '../../lib/report/parity.js';
import { DECISIONS, Decision } from '../../lib/strategy/decisions.js';
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
  strategy: 'momentum',
  symbols: ['AAA/USD'],
  decisions: DECISIONS,
  from: minute(0),
  to: minute(ROWS),
  opportunities: [],
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
      decision: Uint8Array.from(replay.map(code)),
      opportunities: found.map(({ row, score }) => ({ market: 0, at: minute(row), close: 1, score, values: {} })),
    },
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
    expect(compare(one, { opportunities: [live(0, 0.5 + 1e-12), live(1, 0.5), live(2, 0.5)] }).texts).to.deep.equal([]);
    expect(compare(one, { opportunities: [live(0, 0.6), live(2, 0.5), live(3, 1)] }).texts).to.deep.equal([
      'score 0.6 / 0.5: null',
      'opportunity none / one: null',
      'opportunity one / none: null',
    ]);
  });
});
