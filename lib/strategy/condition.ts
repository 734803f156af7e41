import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { IndicatorSettings, StrategySettings } from '../settings/settings.js';
import type { Ratio } from '../units.js';

/** The settings that conditions read. */
export interface StrategyTerms<Settings = StrategySettings> {
  readonly indicators: IndicatorSettings;
  readonly strategy: Settings;
}

/**
 * A column of the candle grid by its key: an indicator, or a candle's `open`, `high`, `low`,
 * `close` or `volume`.
 */
export interface ColumnOperand {
  readonly column: string;
  /** The column's value is multiplied by it; default 1. */
  readonly factor?: Ratio;
  /** Whether the value is that of the previous candle, within the series. */
  readonly isPrevious?: boolean;
}

/** One side of a comparison: a column, or a number of the configuration. */
export type Operand = ColumnOperand | number;

export const COMPARISONS = {
  '>': (a: number, b: number) => a > b,
  '≥': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
} as const;
export type ComparisonSign = keyof typeof COMPARISONS;

export interface Comparison {
  readonly value: ColumnOperand;
  readonly sign: ComparisonSign;
  readonly threshold: Operand;
  /** Whether the score counts how far the value lies above the threshold, relative to it. */
  readonly isScored?: boolean;
  /** Unit after the threshold in texts. */
  readonly unit?: '%';
}

/**
 * One condition of a strategy, as data: evaluation, `why`, the decision funnel, the values stored
 * with an opportunity and the required columns all derive from it.
 */
export interface Condition<Name extends string = string, Settings = StrategySettings> {
  /** The name of the decision if it is the first condition to fail. */
  readonly name: Name;
  /** All of them must hold. Empty if the configuration switches the condition off. */
  readonly comparisons: (terms: StrategyTerms<Settings>) => readonly Comparison[];
  /** Its requirement, in words and numbers; default: its comparisons, one after the other. */
  readonly requirement?: (terms: StrategyTerms<Settings>) => string;
}

/**
 * A condition with its configuration, complete in one file. `conditions/index.ts` lists them. Its
 * keys are in `momentum_strategy` of config.yaml.
 */
export interface ConditionDeclaration<Name extends string, Keys extends Section, Settings, Document>
  extends Condition<Name, Settings>, Fragment<Keys, Settings, Document> {}

/** Declares a condition. */
export const declareCondition = <
  const Name extends string,
  Keys extends Section = never,
  Settings = unknown,
  Document = unknown,
>(
  condition: ConditionDeclaration<Name, Keys, Settings, Document>,
): ConditionDeclaration<Name, Keys, Settings, Document> => condition;

/** A strategy's conditions, in the order of evaluation and of reports. */
export interface Strategy<Name extends string = string> {
  readonly name: string;
  readonly conditions: readonly Condition<Name>[];
}

/** The name of the value that an operand reads, without its factor, as opportunities store it. */
export const valueNameOf = ({ column, isPrevious }: ColumnOperand): string =>
  isPrevious ? `${column}_before` : column;

/** The name of an operand in texts; null for a number. */
export const labelOf = (operand: Operand): string | null => {
  if (typeof operand === 'number') return null;
  const { factor } = operand;
  return factor === undefined ? valueNameOf(operand) : `${factor} · ${valueNameOf(operand)}`;
};

const textOf = ({ value, sign, threshold, unit }: Comparison): string => {
  const limit = typeof threshold === 'number' ? String(threshold) : labelOf(threshold);
  return [labelOf(value), sign, limit, ...(unit ? [unit] : [])].join(' ');
};

/** A condition's requirement, in words and numbers, such as `close > bb_middle`. */
export const requirementOf = (condition: Condition, terms: StrategyTerms): string =>
  condition.requirement?.(terms) ?? condition.comparisons(terms).map(textOf).join(', ');

/** The conditions that a configuration has enabled. */
export const enabledConditions = <Name extends string>(
  { conditions }: Strategy<Name>,
  terms: StrategyTerms,
): readonly Condition<Name>[] => conditions.filter(({ comparisons }) => comparisons(terms).length > 0);
