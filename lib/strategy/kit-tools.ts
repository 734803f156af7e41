import type { IndicatorRequest } from '../indicators/request.js';
import { choice, number, truth, whole, type Format } from '../settings/formats.js';
import { type Comparison, type ComparisonSign, type Operand, type Operator, type Row } from './condition.js';
import type { Candle, Check, Columns, Kit, OwnIndicator, Parameter, Parameters, Strategy, Value } from './kit.js';

/** A parameter of a declaration. */
export interface DeclaredParameter extends Parameter<number | boolean | string> {
  readonly check: Format<unknown>;
}

/** A column of a declaration. */
export type DeclaredColumn = {
  readonly isColumn: true;
  /** Raised when it is not available, so that the message has the place of the request. */
  readonly mistake: DeclarationError;
} & (
  | { readonly kind: 'indicator'; readonly request: IndicatorRequest }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'own'; readonly own: OwnIndicator<unknown> }
);

/** A declaration as a strategy file returns it; nothing in it is checked yet. */
export interface Declaration extends Strategy {
  readonly name: string;
  readonly parameters?: Parameters;
  readonly columns?: (parameters: Readonly<Record<string, unknown>>) => Columns;
  readonly entry?: (
    columns: Readonly<Record<string, Value>>,
    parameters: Readonly<Record<string, unknown>>,
    candle: Candle,
  ) => Readonly<Record<string, Check | readonly Check[]>>;
  /** With `entry` a function of columns, parameters and the candle; with `decide` one of a row. */
  readonly exit?: (...inputs: readonly never[]) => unknown;
  readonly conditions?: readonly string[];
  readonly lookBack?: number;
  readonly decide?: (row: Row, parameters: Readonly<Record<string, unknown>>) => string | number;
}

/** A mistake in a declaration: what was found and what was expected. */
export class DeclarationError extends Error {}

const lagged = (operand: Operand, candles: number): Operand => {
  if (typeof operand === 'number') return operand;
  if ('column' in operand) return { ...operand, lag: (operand.lag ?? 0) + candles };
  const { operator, left, right } = operand;
  return { operator, left: lagged(left, candles), right: lagged(right, candles) };
};

/** A value of a declaration: what it reads is data. */
export class Reading implements Value {
  readonly operand: Operand;

  constructor(operand: Operand) {
    this.operand = operand;
  }

  before(candles = 1): Value {
    if (!Number.isInteger(candles) || candles < 0 || candles > 1440)
      throw new DeclarationError(`before(${String(candles)}): expected a whole number of candles from 0 to 1440`);
    return new Reading(lagged(this.operand, candles));
  }

  plus(other: Value | number): Value {
    return this.with('+', other);
  }

  minus(other: Value | number): Value {
    return this.with('-', other);
  }

  times(other: Value | number): Value {
    const { operand } = this;
    if (typeof other === 'number' && typeof operand !== 'number' && 'column' in operand && operand.factor === undefined)
      return new Reading({ ...operand, factor: finite(other) });
    return this.with('*', other);
  }

  over(other: Value | number): Value {
    return this.with('/', other);
  }

  private with(operator: Operator, other: Value | number): Value {
    return new Reading({ operator, left: this.operand, right: operandOf(other) });
  }
}

const finite = (value: number): number => {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new DeclarationError(`${String(value)} is compared with: expected a finite number, or a value of the kit`);
  return value;
};

const operandOf = (value: Value | number): Operand =>
  value instanceof Reading ? value.operand : finite(value as number);

/** Comparisons of a declaration. */
export class Comparisons implements Check {
  readonly isCheck = true;
  readonly comparisons: readonly Comparison[];
  /** How many of them, from the first, count for the score if the check does. */
  readonly scorable: number;

  constructor(comparisons: readonly Comparison[], scorable = comparisons.length) {
    this.comparisons = comparisons;
    this.scorable = scorable;
  }
}

const compare = (value: Value | number, sign: ComparisonSign, threshold: Value | number): Comparison => ({
  value: operandOf(value),
  sign,
  threshold: operandOf(threshold),
});

const earlier = (value: Value | number): Value | number => (typeof value === 'number' ? value : value.before(1));

const parameter = <T>(standard: T, check: Format<T>): Parameter<T> => {
  const [flaw] = check.flaws(standard);
  if (flaw) throw new DeclarationError(`a parameter's default is ${String(standard)}: expected ${flaw.expected}`);
  const declared: Parameter<T> & { readonly check: Format<T> } = { default: standard, check };
  return declared;
};

/** The kit that a strategy file is called with. */
export const KIT: Kit = {
  strategy: declaration => ({ ...declaration, isStrategy: true }),

  integer: (least, most, standard) => parameter(standard, whole({ from: least, to: most })),
  real: (least, most, standard) => parameter(standard, number({ from: least, to: most })),
  flag: standard => parameter(standard, truth),
  choice: (names, standard) => parameter(standard, choice(names)),

  indicator: (name, { timeframe = 1, input, output, ...options } = {}) => {
    const declared: DeclaredColumn = {
      isColumn: true,
      mistake: new DeclarationError(),
      kind: 'indicator',
      request: { indicator: name, timeframe, input, output, options: options as Readonly<Record<string, number>> },
    };
    return declared;
  },
  column: name => {
    const declared: DeclaredColumn = { isColumn: true, mistake: new DeclarationError(), kind: 'column', name };
    return declared;
  },
  own: indicator => {
    const declared: DeclaredColumn = {
      isColumn: true,
      mistake: new DeclarationError(),
      kind: 'own',
      own: indicator as OwnIndicator<unknown>,
    };
    return declared;
  },

  above: (value, other) => new Comparisons([compare(value, '>', other)]),
  below: (value, other) => new Comparisons([compare(value, '<', other)]),
  atLeast: (value, other) => new Comparisons([compare(value, '≥', other)]),
  atMost: (value, other) => new Comparisons([compare(value, '≤', other)]),
  within: (value, low, high) => new Comparisons([compare(value, '>', low), compare(value, '<', high)]),
  rises: value => new Comparisons([compare(value, '>', value.before(1))]),
  falls: value => new Comparisons([compare(value, '<', value.before(1))]),
  crossesAbove: (value, other) =>
    new Comparisons([compare(value, '>', other), compare(value.before(1), '≤', earlier(other))], 1),
  crossesBelow: (value, other) =>
    new Comparisons([compare(value, '<', other), compare(value.before(1), '≥', earlier(other))], 1),
  scored: check => {
    if (!(check instanceof Comparisons))
      throw new DeclarationError('scored(…): expected a check of the kit, as above(…)');
    const { comparisons, scorable } = check;
    return new Comparisons(
      comparisons.map((comparison, n) => (n < scorable ? { ...comparison, isScored: true } : comparison)),
      scorable,
    );
  },
};

/** The candle of a declaration's conditions. */
export const CANDLE: Candle = {
  open: new Reading({ column: 'open' }),
  high: new Reading({ column: 'high' }),
  low: new Reading({ column: 'low' }),
  close: new Reading({ column: 'close' }),
  volume: new Reading({ column: 'volume' }),
};
