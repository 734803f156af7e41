import { expect } from 'chai';
import fc from 'fast-check';
import type { Block } from '../../lib/training/block.js';
import { BARRIER_EXITS, MISSING_REASONS, datasetColumns } from '../../lib/training/columns.js';
import { addTallies, outcomes, tallyOf } from '../../lib/training/tally.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { settingsOf } from '../support/settings.js';

const COUNTED = [
  'quiet',
  'suspect',
  'gap_before',
  'revised',
  'decision',
  'barrier_exit',
  'barrier_missing',
  'barrier_return',
  'fold',
  'fold_trains_from',
  'live_configuration',
] as const;
const columns = datasetColumns(settingsOf(), [5]).filter(
  ({ name }) => name === 'market' || (COUNTED as readonly string[]).includes(name),
);
type Row = Partial<Record<(typeof COUNTED)[number], number>>;

const blockOf = (rows: readonly Row[]): Block => ({
  symbol: 'BTC/USD',
  date: '2026-02-01',
  rows: rows.length,
  values: new Map(COUNTED.map(name => [name, Float64Array.from(rows, row => row[name] ?? NaN)])),
});

describe('the tally of a block', () => {
  const [stop, , target] = BARRIER_EXITS.keys();

  it('counts its rows by what they are', () => {
    const rows: Row[] = [
      { quiet: 0, decision: 3, barrier_exit: stop!, barrier_return: -2, fold: 0, fold_trains_from: 1 },
      { quiet: 1, decision: 3, barrier_exit: target!, barrier_return: 1.5, fold: 0, fold_trains_from: 2 },
      { quiet: 1, decision: 4, barrier_exit: stop!, barrier_return: 0, fold: 1, fold_trains_from: 2 },
      { quiet: 0, decision: 3, barrier_missing: 0, fold: 1, suspect: 1, live_configuration: 7 },
    ];
    /** Rows that have a value: every row has a market. */
    const knownIn: Readonly<Record<string, number>> = {
      market: 4,
      quiet: 4,
      decision: 4,
      barrier_exit: 3,
      barrier_return: 3,
      barrier_missing: 1,
      fold: 4,
      fold_trains_from: 3,
      suspect: 1,
      live_configuration: 1,
    };
    expect(tallyOf(blockOf(rows), columns)).to.deep.equal({
      rows: 4,
      quality: { quiet: 2, suspect: 1, gap_before: 0, revised: 0 },
      decisions: { [DECISIONS[3]]: 3, [DECISIONS[4]]: 1 },
      barrier: { [BARRIER_EXITS[0]!]: 2, [BARRIER_EXITS[2]!]: 1, [MISSING_REASONS[0]]: 1 },
      profitable: 1,
      tested: { 0: 2, 1: 2 },
      trainsFrom: { 1: 1, 2: 2, never: 1 },
      configurations: { 7: 1 },
      known: columns.map(({ name }) => knownIn[name] ?? 0),
    });
  });

  it('comes to the same however rows are cut into blocks', () => {
    const code = (most: number) => fc.oneof(fc.integer({ min: 0, max: most }), fc.constant(NaN));
    const row: fc.Arbitrary<Row> = fc.record({
      quiet: code(1),
      suspect: code(1),
      gap_before: code(1),
      revised: code(1),
      decision: code(6),
      barrier_exit: code(3),
      barrier_missing: code(3),
      barrier_return: fc.double({ noNaN: true }),
      fold: code(5),
      fold_trains_from: code(5),
      live_configuration: code(3),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), fc.nat(40), (rows, cut) => {
        const parts = [rows.slice(0, cut), rows.slice(cut)].map(some => tallyOf(blockOf(some), columns));
        const whole = addTallies([tallyOf(blockOf(rows), columns)]);
        expect(addTallies(parts)).to.deep.equal(whole);
        expect(outcomes(whole.barrier)).to.equal(rows.filter(({ barrier_exit }) => !Number.isNaN(barrier_exit)).length);
      }),
    );
  });
});
