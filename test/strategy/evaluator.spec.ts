import { expect } from 'chai';
import fc from 'fast-check';
import { marketOf } from '../../lib/market.js';
import type { ColumnOperand, Condition, Operand, Operator, StrategyTerms } from '../../lib/strategy/condition.js';
import { COMPARISONS, requirementOf, type ComparisonSign, type Strategy } from '../../lib/strategy/condition.js';
import { Decision } from '../../lib/strategy/decisions.js';
import { StrategyEvaluator, type EvaluationTape } from '../../lib/strategy/evaluator.js';
import { TapeMasks } from '../../lib/strategy/masks.js';
import { defaultSettings } from '../support/settings.js';
import { tapeOf } from '../support/tape.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { candle, minute } from '../support/broker.js';

const KEYS = ['x', 'y', '5m.z'] as const;
const ROWS = 12;

/** A tape of one market whose candles close at `close`, with three indicator columns. */
const tapeWith = (close: readonly number[], columns: readonly (readonly number[])[]): EvaluationTape => ({
  ...tapeOf(
    close.map((price, row) => candle(row, price, price, price, price)),
    1,
  ),
  indicators: new Map(KEYS.map((key, i) => [key, Float64Array.from(columns[i]!)])),
  candles: new Map([1, 5].map(minutes => [minutes, new Uint32Array(close.length).fill(200)])),
  verdict: new Uint8Array(close.length).fill(Verdict.tradable),
});

const small = fc.integer({ min: 1, max: 4 });
const known = fc.array(
  fc.array(fc.oneof({ weight: 9, arbitrary: small }, fc.constant(NaN)), { minLength: ROWS, maxLength: ROWS }),
  {
    minLength: 3,
    maxLength: 3,
  },
);
const column = fc.record(
  { column: fc.constantFrom(...KEYS, 'close'), factor: fc.constantFrom(0.5, 2), lag: fc.integer({ min: 0, max: 3 }) },
  { requiredKeys: ['column'] },
);
const { operand } = fc.letrec<{ operand: Operand }>(tie => ({
  operand: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    small,
    column,
    fc.record({
      operator: fc.constantFrom<Operator>('+', '-', '*', '/'),
      left: tie('operand'),
      right: tie('operand'),
    }),
  ),
}));
const comparison = fc.record({
  value: operand,
  sign: fc.constantFrom<ComparisonSign>('>', '≥', '≤', '<'),
  threshold: operand,
});
const strategies = fc
  .array(fc.array(comparison, { maxLength: 3 }), { minLength: 1, maxLength: 4 })
  .map((conditions): Strategy => ({
    name: 'random',
    conditions: conditions.map((comparisons, i) => ({ name: `c${i}`, comparisons: () => comparisons })),
  }));

/** The code of an opportunity of a strategy with so many conditions. */
const opportunityOf = (conditions: number): number => Decision.firstCondition + conditions;

/** What the comparisons themselves say of a row, one after the other: the decision's code. */
const naive = ({ conditions }: Strategy, tape: EvaluationTape, row: number): number => {
  const read = ({ column: name, lag = 0 }: ColumnOperand): number =>
    (name === 'close' ? tape.close : tape.indicators.get(name)!)[row - lag] ?? NaN;
  const valueOf = (operand: Operand): number => {
    if (typeof operand === 'number') return operand;
    if ('column' in operand) return (operand.factor ?? 1) * read(operand);
    const [left, right] = [valueOf(operand.left), valueOf(operand.right)];
    return { '+': left + right, '-': left - right, '*': left * right, '/': left / right }[operand.operator];
  };
  const columnsOf = (operand: Operand): readonly ColumnOperand[] => {
    if (typeof operand === 'number') return [];
    return 'column' in operand ? [operand] : [...columnsOf(operand.left), ...columnsOf(operand.right)];
  };
  const all = conditions.flatMap(({ comparisons }, i) => comparisons({} as StrategyTerms).map(one => ({ ...one, i })));
  const columns = all.flatMap(({ value, threshold }) => [...columnsOf(value), ...columnsOf(threshold)]);
  if (columns.some(one => Number.isNaN(read(one)))) return Decision.unknown;
  const failed = all.find(({ value, sign, threshold }) => !COMPARISONS[sign](valueOf(value), valueOf(threshold)));
  return failed ? Decision.firstCondition + failed.i : opportunityOf(conditions.length);
};

describe('a strategy that is data', () => {
  it('is evaluated as its comparisons read, row by row, and whatever tapes the rows are cut into', () => {
    const seen = new Set<number>();
    fc.assert(
      fc.property(
        strategies,
        fc.array(small, { minLength: ROWS, maxLength: ROWS }),
        known,
        fc.integer({ min: 1, max: ROWS - 1 }),
        (strategy, close, columns, cut) => {
          const listings = [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }];
          const whole = tapeWith(close, columns);
          const evaluator = new StrategyEvaluator(strategy, listings);
          const { decision } = evaluator.evaluate(whole, defaultSettings, minute(0), minute(ROWS));
          const expected = close.map((_, row) => naive(strategy, whole, row));
          expected.forEach(code => seen.add(code));
          expect([...decision]).to.deep.equal(expected);

          const inPieces = new StrategyEvaluator(strategy, listings);
          const pieces = [
            [0, cut],
            [cut, ROWS],
          ].flatMap(([from, to]) => {
            const piece = tapeWith(
              close.slice(from, to),
              columns.map(values => values.slice(from, to)),
            );
            return [
              ...inPieces.evaluate({ ...piece, start: minute(from!) }, defaultSettings, minute(0), minute(ROWS))
                .decision,
            ];
          });
          expect(pieces).to.deep.equal(expected);
        },
      ),
      { numRuns: 300 },
    );
    expect(seen).to.include(Decision.unknown).and.to.include(opportunityOf(1));
  });

  it('decides beside others as it does alone, whatever columns and candles they have in common', () => {
    const counts = fc.array(fc.constantFrom(199, 200), { minLength: ROWS, maxLength: ROWS });
    fc.assert(
      fc.property(
        fc.array(strategies, { minLength: 2, maxLength: 4 }),
        fc.array(small, { minLength: ROWS, maxLength: ROWS }),
        known,
        counts,
        counts,
        (several, close, columns, ones, fives) => {
          const candles = new Map([
            [1, Uint32Array.from(ones)],
            [5, Uint32Array.from(fives)],
          ]);
          const tape = { ...tapeWith(close, columns), candles };
          const masks = new TapeMasks(ROWS, 1);
          const decisionsOf = (shared?: TapeMasks) =>
            [...several, ...several].map(strategy => [
              ...new StrategyEvaluator(strategy, [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }]).evaluate(
                tape,
                defaultSettings,
                minute(0),
                minute(ROWS),
                shared,
              ).decision,
            ]);
          expect(decisionsOf(masks)).to.deep.equal(decisionsOf());
        },
      ),
      { numRuns: 200 },
    );
  });

  it('needs 200 candles of the timeframes whose columns it reads, and of no other', () => {
    const ones = [1, 1];
    const tape = tapeWith(ones, [ones, ones, ones]);
    const candles = new Map([
      [1, Uint32Array.of(200, 200)],
      [5, Uint32Array.of(199, 200)],
    ]);
    const decide = (name: string) => {
      const comparisons = () => [{ value: { column: name }, sign: '>' as const, threshold: 0 }];
      const strategy = { name: 'one', conditions: [{ name: 'c', comparisons }] };
      const evaluator = new StrategyEvaluator(strategy, [{ market: marketOf('AAA/USD'), firstCandleAt: 0 }]);
      return [...evaluator.evaluate({ ...tape, candles }, defaultSettings, minute(0), minute(2)).decision];
    };
    expect(decide('x')).to.deep.equal([opportunityOf(1), opportunityOf(1)]);
    expect(decide('5m.z')).to.deep.equal([Decision.warmingUp, opportunityOf(1)]);
  });

  it('says in words what a condition needs', () => {
    const condition: Condition = {
      name: 'c',
      comparisons: () => [
        { value: { column: 'x' }, sign: '≥', threshold: 0.5, unit: '%' },
        { value: { column: 'y' }, sign: '<', threshold: { column: 'close', factor: 2, lag: 1 } },
      ],
    };
    expect(requirementOf(condition, defaultSettings)).to.equal('x ≥ 0.5 %, y < 2 · close_before');
  });
});
