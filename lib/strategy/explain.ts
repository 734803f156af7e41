import {
  amountOf,
  COMPARISONS,
  labelOf,
  valueNameOf,
  type Comparison,
  type ComparisonSign,
  type Operand,
  type Strategy,
  type StrategyTerms,
} from './condition.js';
import { MOMENTUM } from './momentum.js';

/** One side of a comparison. */
export interface Side {
  /** The indicator's key; null for a number of the configuration. */
  readonly name: string | null;
  /** Null if unknown. */
  readonly value: number | null;
}

/** One comparison of a condition (semantics §4). */
export interface Check {
  readonly condition: string;
  readonly value: Side;
  readonly comparison: ComparisonSign;
  readonly threshold: Side;
  /** Null if one of the two is unknown. */
  readonly holds: boolean | null;
}

/**
 * The values of a candle: columns by key, and those of earlier candles as `valueNameOf` names them,
 * such as `macd_histogram_before`.
 */
export type Values = Readonly<Record<string, number | null | undefined>>;

const sideOf = (operand: Operand, values: Values): Side => {
  const value = amountOf(operand, column => values[valueNameOf(column)] ?? NaN);
  return { name: labelOf(operand), value: Number.isNaN(value) ? null : value };
};

const checkOf = (condition: string, comparison: Comparison, values: Values): Check => {
  const value = sideOf(comparison.value, values);
  const threshold = sideOf(comparison.threshold, values);
  const isKnown = value.value !== null && threshold.value !== null;
  return {
    condition,
    value,
    comparison: comparison.sign,
    threshold,
    holds: isKnown ? COMPARISONS[comparison.sign](value.value, threshold.value) : null,
  };
};

/** Every comparison of a strategy on the values of one candle, in the order of its conditions. */
export const checksOf = (values: Values, terms: StrategyTerms, strategy: Strategy = MOMENTUM): readonly Check[] =>
  strategy.conditions.flatMap(({ name, comparisons }) =>
    comparisons(terms).map(comparison => checkOf(name, comparison, values)),
  );

/** The comparisons that the score of an opportunity is made of, in the order of its conditions. */
export const scoredChecksOf = (values: Values, terms: StrategyTerms, strategy: Strategy = MOMENTUM): readonly Check[] =>
  strategy.conditions.flatMap(({ name, comparisons }) =>
    comparisons(terms).flatMap(one => (one.isScored ? [checkOf(name, one, values)] : [])),
  );

/** The names of the values that the checks are missing, each once. */
export const unknownIn = (checks: readonly Check[]): readonly string[] => [
  ...new Set(
    checks.flatMap(({ value, threshold }) =>
      [value, threshold].flatMap(side => (side.value === null ? [side.name!] : [])),
    ),
  ),
];

/** The strategy's decision by these checks, for a candle that is evaluated at all. */
export const decisionOf = (checks: readonly Check[]): string => {
  if (checks.some(({ holds }) => holds === null)) return 'unknown';
  return checks.find(({ holds }) => !holds)?.condition ?? 'opportunity';
};
