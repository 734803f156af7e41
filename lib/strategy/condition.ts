import type { Guard } from '../guard.js';
import type { CandleKind } from '../indicators/request.js';
import type { Fragment } from '../settings/fragment.js';
import type { Section } from '../settings/key.js';
import type { IndicatorSettings, StrategySettings } from '../settings/settings.js';
import type { EpochMs, Ratio } from '../units.js';

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
  /**
   * How many candles back the value lies, within the series; default 0. Unknown before the series
   * has as many candles.
   */
  readonly lag?: number;
}

/** Arithmetic on two operands. */
export interface Expression {
  readonly operator: Operator;
  readonly left: Operand;
  readonly right: Operand;
}

/** One side of a comparison: a column, a number of the configuration, or arithmetic on them. */
export type Operand = ColumnOperand | Expression | number;

/** Arithmetic by its sign, in IEEE doubles: a NaN operand gives NaN. */
export const OPERATORS = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
} as const;
/** Sign of an operator. */
export type Operator = keyof typeof OPERATORS;

/** Comparisons by their sign; all are false for NaN. */
export const COMPARISONS = {
  '>': (a: number, b: number) => a > b,
  '≥': (a: number, b: number) => a >= b,
  '≤': (a: number, b: number) => a <= b,
  '<': (a: number, b: number) => a < b,
} as const;
/** Sign of a comparison. */
export type ComparisonSign = keyof typeof COMPARISONS;

/** A value against a threshold: one part of a condition. */
export interface Comparison {
  readonly value: Operand;
  readonly sign: ComparisonSign;
  readonly threshold: Operand;
  /** Whether the score counts how far the value lies beyond the threshold, relative to it. */
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
  /** Whether code decides it (`RowRule`), so that it has no comparisons; default no. */
  readonly isCode?: boolean;
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

/** What a function sees of a candle: columns by the strategy's names, prices, earlier values. */
export type Row = Readonly<Record<string, number>> & { before(name: string, candles: number): number };

/** Conditions that are a function of one candle. */
export interface RowRule {
  /** The key of each column, by the strategy's own names. */
  readonly columns: ReadonlyMap<string, string>;
  /** How many candles `before` may look back. */
  readonly lookBack: number;
  /** The name of the condition that fails, or the score of an opportunity. */
  readonly decide: (row: Row) => string | number;
  /** What `guard` says is running. */
  readonly label?: string;
}

/** A failure of an indicator of a strategy's own; it is unknown from then on up to a gap. */
export interface ColumnFailure {
  /** The cell of the tape. */
  readonly cell: number;
  /** The candle's open time. */
  readonly at: EpochMs;
  readonly error: Error;
}

/** A strategy's conditions, in the order of evaluation and of reports. */
export interface Strategy<Name extends string = string> {
  readonly name: string;
  readonly conditions: readonly Condition<Name>[];
  /** Candles of each kind that are needed before the strategy is evaluated; default 200. */
  readonly needed?: ReadonlyMap<CandleKind, number>;
  /** In place of comparisons. */
  readonly row?: RowRule;
  /**
   * Reasons to sell what is held, each with one condition, and evaluated by itself: one that holds is
   * enough.
   */
  readonly exits?: readonly Strategy[];
  /** Whether it is an exit: then no opportunities are made of it. */
  readonly isExit?: boolean;
  /** The failures of its own indicators on the last tape, each reported once. */
  readonly takeColumnFailures?: () => readonly ColumnFailure[];
  /** Ends its code if that does not return. */
  readonly guard?: Guard | undefined;
  /** Where in the user's files an error arose, as `file:line:column`; null if nowhere. */
  readonly placeOf?: (error: Error) => string | null;
}

/** What is said of a failure of a strategy's own code: where, and its text. */
export const failureText = ({ placeOf }: Pick<Strategy, 'placeOf'>, error: Error): string => {
  const place = placeOf?.(error) ?? null;
  return `${place === null ? '' : `${place}: `}${error.message}`;
};

/** Whether an operand is a column. */
const isColumn = (operand: Operand): operand is ColumnOperand => typeof operand !== 'number' && 'column' in operand;

/** The columns that an operand reads, in the order of its text. */
export const columnsIn = (operand: Operand): readonly ColumnOperand[] => {
  if (typeof operand === 'number') return [];
  return isColumn(operand) ? [operand] : [...columnsIn(operand.left), ...columnsIn(operand.right)];
};

/** Every comparison of a strategy, those of its exits last. */
export const comparisonsOf = ({ conditions, exits = [] }: Strategy, terms: StrategyTerms): readonly Comparison[] => [
  ...conditions.flatMap(({ comparisons }) => comparisons(terms)),
  ...exits.flatMap(exit => comparisonsOf(exit, terms)),
];

/** The columns that comparisons read, in the order of their texts. */
export const columnsOf = (comparisons: readonly Comparison[]): readonly ColumnOperand[] =>
  comparisons.flatMap(({ value, threshold }) => [...columnsIn(value), ...columnsIn(threshold)]);

/** A column of earlier candles. */
export interface Lagged {
  readonly column: string;
  /** In candles, at least 1. */
  readonly lag: number;
}

/** The columns whose earlier values are read, in the same order. */
export const laggedIn = (columns: readonly ColumnOperand[]): readonly Lagged[] =>
  columns.flatMap(({ column, lag = 0 }) => (lag > 0 ? [{ column, lag }] : []));

/** The value of an operand; `read` returns a column's, without its factor. */
export const amountOf = (operand: Operand, read: (column: ColumnOperand) => number): number => {
  if (typeof operand === 'number') return operand;
  if (isColumn(operand)) return (operand.factor ?? 1) * read(operand);
  return OPERATORS[operand.operator](amountOf(operand.left, read), amountOf(operand.right, read));
};

/** The name of the value that an operand reads, without its factor, as opportunities store it. */
export const valueNameOf = ({ column, lag = 0 }: ColumnOperand): string => {
  if (lag === 0) return column;
  return lag === 1 ? `${column}_before` : `${column}_before_${lag}`;
};

/** The text of an operand. */
const operandText = (operand: Operand): string => {
  if (typeof operand === 'number') return String(operand);
  if (!isColumn(operand)) return `(${operandText(operand.left)} ${operand.operator} ${operandText(operand.right)})`;
  const { factor } = operand;
  return factor === undefined ? valueNameOf(operand) : `${factor} · ${valueNameOf(operand)}`;
};

/** The name of an operand in texts; null for a number. */
export const labelOf = (operand: Operand): string | null => (typeof operand === 'number' ? null : operandText(operand));

const textOf = ({ value, sign, threshold, unit }: Comparison): string =>
  [operandText(value), sign, operandText(threshold), ...(unit ? [unit] : [])].join(' ');

/** A condition's requirement, in words and numbers, such as `close > bb_middle`. */
export const requirementOf = (condition: Condition, terms: StrategyTerms): string =>
  condition.requirement?.(terms) ?? condition.comparisons(terms).map(textOf).join(', ');

/** The conditions that a configuration has enabled. */
export const enabledConditions = <Name extends string>(
  { conditions }: Strategy<Name>,
  terms: StrategyTerms,
): readonly Condition<Name>[] =>
  conditions.filter(({ comparisons, isCode }) => isCode || comparisons(terms).length > 0);
