import { Cell } from '../tape.js';
import { Verdict } from '../universe/verdict.js';
import type { ColumnOperand, Comparison, ComparisonSign, Lagged, Operand } from './condition.js';
import { Decision } from './decisions.js';

/** A comparison with the place of its condition. */
export interface Step extends Comparison {
  readonly condition: number;
}

/** The cells of a lane to evaluate. */
export interface LaneRows {
  readonly cell: Uint8Array;
  readonly verdict: Uint8Array;
  /** By row: NaN where an indicator is null, -1 where a timeframe is too young, else 0. */
  readonly state: Float64Array;
  /** The lane's first cell. */
  readonly lane: number;
  readonly first: number;
  readonly end: number;
}

/**
 * Writes the decision of each of a lane's rows, and appends to `hits` the rows on which all
 * comparisons hold. `columns` are by cell, in the order of `current`; `before` are by row, the
 * values of earlier candles, in the order of `previous`.
 */
export type DecideLane = (
  rows: LaneRows,
  columns: readonly Float64Array[],
  before: readonly Float64Array[],
  decision: Uint8Array,
  hits: number[],
) => void;

/** By their text: a strategy is compiled once, so that its code stays optimised from run to run. */
const compiled = new Map<string, (numbers: readonly number[]) => DecideLane>();

const SIGNS: Readonly<Record<ComparisonSign, string>> = { '>': '>', '≥': '>=', '≤': '<=', '<': '<' };

/**
 * Compiles comparisons to one loop over a lane, which stops at a row's first comparison that fails:
 * twice as fast as walking the comparisons as data. `opportunity` is the code of the decision where
 * all hold. The text contains nothing of a configuration or a user: only indexes into lists.
 */
export const compileLane = (
  steps: readonly Step[],
  current: readonly string[],
  previous: readonly Lagged[],
  opportunity: number,
): DecideLane => {
  const numbers: number[] = [];
  const number = (value: number): string => `n${numbers.push(value) - 1}`;
  const placeOf = ({ column, lag }: ColumnOperand): number =>
    previous.findIndex(one => one.column === column && one.lag === lag);
  const side = (operand: Operand): string => {
    if (typeof operand === 'number') return number(operand);
    if (!('column' in operand)) return `(${side(operand.left)} ${operand.operator} ${side(operand.right)})`;
    const { column, factor, lag = 0 } = operand;
    const value = lag > 0 ? `b${placeOf(operand)}[row]` : `c${current.indexOf(column)}[at]`;
    return factor === undefined ? value : `(${number(factor)} * ${value})`;
  };
  const comparisons = steps.map(
    ({ value, sign, threshold, condition }) =>
      `else if (!(${side(value)} ${SIGNS[sign]} ${side(threshold)})) decision[at] = ${Decision.firstCondition + condition};`,
  );
  const constants = (letter: string, list: string, count: number) =>
    Array.from({ length: count }, (_, i) => `const ${letter}${i} = ${list}[${i}];`).join(' ');
  const unknown = ['known', ...previous.map((_, i) => `b${i}[row]`)].join(' + ');
  const text = `
    ${constants('n', 'numbers', numbers.length)}
    return ({ cell, verdict, state, lane, first, end }, columns, before, decision, hits) => {
      ${constants('c', 'columns', current.length)}
      ${constants('b', 'before', previous.length)}
      for (let row = first, at = lane + first; row < end; row++, at++) {
        const kind = cell[at], known = state[row];
        if (kind === ${Cell.absent}) decision[at] = ${Decision.gap};
        else if (verdict[at] !== ${Verdict.tradable}) decision[at] = ${Decision.notTradable};
        else if (kind !== ${Cell.traded}) decision[at] = kind === ${Cell.quiet} ? ${Decision.quiet} : ${Decision.suspect};
        else if (known < 0) decision[at] = ${Decision.warmingUp};
        else if (Number.isNaN(${unknown})) decision[at] = ${Decision.unknown};
        ${comparisons.join('\n        ')}
        else { decision[at] = ${opportunity}; hits.push(row); }
      }
    };`;
  let make = compiled.get(text);
  if (!make) {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of our own text alone, see above
    make = new Function('numbers', text) as (values: readonly number[]) => DecideLane;
    compiled.set(text, make);
  }
  return make(numbers);
};
