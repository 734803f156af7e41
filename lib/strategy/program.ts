import type { Guard } from '../guard.js';
import { CONTEXT_KEYS } from '../cross-market/columns.js';
import { indicatorKeys } from '../indicators/catalogue.js';
import type { Bars, Kernel } from '../indicators/kernel.js';
import {
  priceNamed,
  PRICES,
  RequestError,
  wholeKind,
  type CandleKind,
  type RequestedColumns,
} from '../indicators/request.js';
import { resolveRequest } from '../indicators/resolve.js';
import type { TulindTable } from '../indicators/tulind-days.js';
import type { IndicatorSettings } from '../settings/settings.js';
import { closest, shown } from '../settings/wording.js';
import type { ColumnFailure, Comparison, Condition, RowRule, Strategy } from './condition.js';
import { columnsOf } from './condition.js';
import { MINUTE_MS } from '../units.js';
import { RESERVED_DECISIONS } from './decisions.js';
import type { OwnIndicator, Value } from './kit.js';
import {
  CANDLE,
  Comparisons,
  DeclarationError,
  Reading,
  type DeclaredColumn,
  type DeclaredParameter,
  type Declaration,
} from './kit-tools.js';
import { CANDLES_NEEDED } from './warm-up.js';

/** A strategy of a file with its parameters, ready to be evaluated. */
export interface StrategyProgram extends Strategy {
  /** The value of every parameter, by name. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** The columns that it requests besides those of the settings. */
  readonly requested: readonly RequestedColumns[];
  /** The key of each of its columns, by the strategy's own names. */
  readonly keys: ReadonlyMap<string, string>;
  /** Whether it reads how a market relates to the others (`correlation_btc`, `breadth`, …). */
  readonly readsContext: boolean;
}

/** The value of a parameter of a strategy. */
export type ParameterValue = number | boolean | string;

/** What columns there are. */
export interface ColumnSources {
  readonly indicators: IndicatorSettings;
  readonly tulind: TulindTable;
  /** Ends the strategy's code if that does not return. */
  readonly guard?: Guard | undefined;
  /** The strategy's file, for messages. */
  readonly file?: string;
  /** Names its own indicators, each of which has a column; default the name that it declares. */
  readonly owner?: string | undefined;
}

const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const NAMING = 'lower case letters, digits and underscores, at most 40, a letter first';
const MAX_COLUMNS = 100;
const MAX_CONDITIONS = 100;

const fail = (message: string): never => {
  throw new DeclarationError(message);
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const checkName = (kind: string, name: unknown): string =>
  typeof name === 'string' && NAME.test(name) ? name : fail(`${kind} is ${shown(name)}: expected ${NAMING}`);

/** Whether a value is what `strategy(…)` returns. */
export const isDeclaration = (value: unknown): value is Declaration => isRecord(value) && value['isStrategy'] === true;

/**
 * The values of a declaration's parameters: those given, else the defaults. Throws
 * `DeclarationError` for one that does not exist or is out of its bounds.
 */
export const parametersOf = (
  { name, parameters = {} }: Declaration,
  given: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, ParameterValue>> => {
  const declared = Object.entries(parameters) as unknown as readonly [string, DeclaredParameter][];
  const names = declared.map(([key]) => key);
  for (const key of Object.keys(given)) {
    if (names.includes(key)) continue;
    const meant = closest(key, names);
    fail(
      `strategy ${name} has no parameter "${key}"${meant ? ` (did you mean ${meant}?)` : ''}: expected ${names.join(', ') || 'none'}`,
    );
  }
  return Object.fromEntries(
    declared.map(([key, { default: standard, check }]) => {
      checkName('a parameter', key);
      if (typeof check !== 'object')
        fail(`parameter ${key} is ${shown(standard)}: expected one of the kit, as integer(1, 100, 14)`);
      const value = given[key] ?? standard;
      const [flaw] = check.flaws(value);
      if (flaw) fail(`parameter ${key} of ${name} is ${shown(flaw.found)}: expected ${flaw.expected}`);
      return [key, value as ParameterValue];
    }),
  );
};

/**
 * An indicator of the strategy's own as a kernel. Where its code throws, its state is unknown from
 * then on, and so are its values up to the next gap; `failed` reports the candle.
 */
const kernelOf = (
  { start, step, candles = 1 }: OwnIndicator<unknown>,
  failed: (error: unknown, cell: number, minute: number) => void,
  guard: Guard | undefined,
  label: string,
): Kernel => {
  let state = start();
  let seen = 0;
  let isBroken = false;
  return {
    reset: () => {
      state = start();
      seen = 0;
      isBroken = false;
    },
    advance: ({ open, high, low, close, volume }: Bars, from, to, out, at, number) => {
      const column = out[at]!;
      let i = from;
      if (guard) guard.running = label;
      try {
        for (; i < to && !isBroken; i++) {
          const candle = { open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]!, volume: volume[i]! };
          const value = step(state, candle);
          column[i] = ++seen >= candles && Number.isFinite(value) ? value : NaN;
        }
      } catch (error) {
        isBroken = true;
        failed(error, i, number + i - from);
      }
      column.fill(NaN, i, to);
    },
  };
};

interface FoundColumn {
  readonly key: string;
  readonly requested: RequestedColumns | null;
  readonly timeframe: number;
  readonly candles: number;
}

/** Throws the mistake of a column with these words. */
const failColumn = ({ mistake }: DeclaredColumn, message: string): never => {
  mistake.message = message;
  throw mistake;
};

const standardColumn = (
  alias: string,
  column: DeclaredColumn & { readonly kind: 'column' },
  { indicators }: ColumnSources,
): FoundColumn => {
  const { name } = column;
  const known: readonly string[] = [...PRICES, ...indicatorKeys(indicators), ...CONTEXT_KEYS];
  if (!known.includes(name)) {
    const meant = closest(name, known);
    failColumn(
      column,
      `column ${alias} is column("${name}"), which does not exist${meant ? `: did you mean ${meant}?` : ''}`,
    );
  }
  const minutes = /^(\d+)m\./.exec(name)?.[1];
  return {
    key: name,
    requested: null,
    timeframe: Number(minutes ?? 1),
    candles: priceNamed(name) ? 1 : CANDLES_NEEDED,
  };
};

const columnOf = (
  strategy: string,
  alias: string,
  declared: unknown,
  sources: ColumnSources,
  failures: ColumnFailure[],
): FoundColumn => {
  if (!isRecord(declared) || declared['isColumn'] !== true)
    return fail(`column ${alias} is ${shown(declared)}: expected one of the kit, as indicator("rsi", { period: 14 })`);
  const column = declared as unknown as DeclaredColumn;
  switch (column.kind) {
    case 'column':
      return standardColumn(alias, column, sources);
    case 'own': {
      const { own } = column;
      const key = `${strategy}.${alias}`;
      const { candles = 1 } = own;
      if (
        typeof own.start !== 'function' ||
        typeof own.step !== 'function' ||
        !Number.isInteger(candles) ||
        candles < 1
      )
        fail(
          `column ${alias}: expected own({ start: () => state, step: (state, candle) => value, candles: 1 or more })`,
        );
      own.start(); // fails while the file is loaded, if it does
      const failed = (error: unknown, cell: number, minute: number): void => {
        const failure = new Error(`column ${alias}: ${error instanceof Error ? error.message : String(error)}`);
        if (error instanceof Error && error.stack !== undefined) failure.stack = error.stack;
        failures.push({ cell, at: minute * MINUTE_MS, error: failure });
      };
      const { guard, file = strategy } = sources;
      const make = () => kernelOf(own, failed, guard, `${file}: column ${alias} of strategy ${strategy}`);
      const group = { keys: [key], unit: 'number' as const, make, reference: 'none' as const };
      return { key, requested: { timeframe: 1, group, isOfPrices: false, guard }, timeframe: 1, candles };
    }
    case 'indicator':
      try {
        const { key, columns, candles } = resolveRequest(column.request, sources.tulind);
        return { key, requested: columns, timeframe: columns.timeframe, candles };
      } catch (error) {
        if (error instanceof RequestError) failColumn(column, `column ${alias}: ${error.message}`);
        throw error;
      }
  }
};

const checkConditionName = (name: string): string => {
  checkName('a condition', name);
  if (RESERVED_DECISIONS.includes(name)) fail(`condition ${name} has the name of a decision: expected another one`);
  return name;
};

const comparisonsOf = (name: string, check: unknown): readonly Comparison[] => {
  if (check instanceof Comparisons) return check.comparisons;
  if (Array.isArray(check)) return check.flatMap(one => comparisonsOf(name, one));
  return fail(`condition ${name} is ${shown(check)}: expected checks of the kit, as above(candle.close, columns.top)`);
};

/** Values by alias, where an alias that does not exist is a mistake with a suggestion. */
const valuesOf = (columns: ReadonlyMap<string, FoundColumn>): Readonly<Record<string, Value>> => {
  const values: Record<string, Value> = {};
  for (const [alias, { key }] of columns) values[alias] = new Reading({ column: key });
  return new Proxy(values, {
    get: (target, alias) => {
      if (typeof alias !== 'string' || alias in target) return target[alias as string];
      const meant = closest(alias, [...columns.keys()]);
      return fail(
        `the conditions read column "${alias}", which "columns" does not request${meant ? `: did you mean ${meant}?` : ''}`,
      );
    },
  });
};

/** The conditions that `entry` or `exit` returns, by name. */
const namedConditions = (
  kind: 'entry' | 'exit',
  declare: (...inputs: readonly never[]) => unknown,
  columns: ReadonlyMap<string, FoundColumn>,
  parameters: Readonly<Record<string, ParameterValue>>,
): readonly Condition[] => {
  const call = declare as (columns: unknown, parameters: unknown, candle: unknown) => unknown;
  const named = call(valuesOf(columns), parameters, CANDLE);
  if (!isRecord(named)) return fail(`${kind} returns ${shown(named)}: expected conditions by name`);
  const conditions = Object.entries(named).map(([name, check]): Condition => {
    const comparisons = comparisonsOf(name, check);
    return { name: checkConditionName(name), comparisons: () => comparisons };
  });
  if (conditions.length === 0 || conditions.length > MAX_CONDITIONS)
    fail(`${kind} has ${conditions.length} conditions: expected 1 to ${MAX_CONDITIONS}`);
  return conditions;
};

const lookBackOf = ({ lookBack = 1 }: Declaration): number =>
  Number.isInteger(lookBack) && lookBack >= 0 && lookBack <= 1440
    ? lookBack
    : fail(`lookBack is ${shown(lookBack)}: expected a whole number of candles from 0 to 1440`);

const codeCondition = (name: string): Condition => ({
  name: checkConditionName(name),
  comparisons: () => [],
  requirement: () => 'as decided by the strategy',
  isCode: true,
});

/** What the strategies of a declaration have in common. */
interface Parts {
  readonly declaration: Declaration;
  readonly columns: ReadonlyMap<string, FoundColumn>;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** How messages name a function of the strategy. */
  readonly labelOf: (functionName: string) => string;
}

const rowOf = ({ declaration, columns, labelOf }: Parts, name: string, decide: RowRule['decide']): RowRule => ({
  columns: new Map([...columns].map(([alias, { key }]) => [alias, key])),
  lookBack: lookBackOf(declaration),
  decide,
  label: labelOf(name),
});

const conditionsOf = (parts: Parts): Pick<Strategy, 'conditions' | 'row'> => {
  const { declaration, columns, parameters } = parts;
  const { entry, conditions, decide } = declaration;
  if (typeof entry === 'function') return { conditions: namedConditions('entry', entry, columns, parameters) };
  if (typeof decide !== 'function' || !Array.isArray(conditions))
    return fail('the strategy has neither "entry" nor "conditions" with "decide": expected one of them');
  if (conditions.length === 0 || conditions.length > MAX_CONDITIONS)
    fail(`the strategy has ${conditions.length} conditions: expected 1 to ${MAX_CONDITIONS}`);
  return {
    conditions: conditions.map(name => codeCondition(name as string)),
    row: rowOf(parts, 'decide', row => decide(row, parameters)),
  };
};

/** The name of an exit that is a function. */
const EXIT = 'exit';

const exitsOf = (parts: Parts): readonly Pick<Strategy, 'name' | 'conditions' | 'row'>[] => {
  const { declaration, columns, parameters } = parts;
  const { entry, exit } = declaration;
  if (exit === undefined) return [];
  if (typeof exit !== 'function') return fail(`exit is ${shown(exit)}: expected a function`);
  if (typeof entry === 'function')
    return namedConditions('exit', exit, columns, parameters).map(condition => ({
      name: condition.name,
      conditions: [condition],
    }));
  const call = exit as (row: unknown, parameters: unknown) => unknown;
  const decide = (row: unknown): string | number => {
    const said = call(row, parameters);
    if (typeof said !== 'boolean') throw new Error(`exit returned ${shown(said)}: expected true or false`);
    return said ? 1 : EXIT;
  };
  return [{ name: EXIT, conditions: [codeCondition(EXIT)], row: rowOf(parts, EXIT, decide) }];
};

/** Candles of each kind that are needed before the conditions are evaluated. */
const neededOf = (
  columns: ReadonlyMap<string, FoundColumn>,
  { conditions, row }: Pick<Strategy, 'conditions' | 'row'>,
): ReadonlyMap<CandleKind, number> => {
  const needed = new Map<CandleKind, number>([[1, 1]]);
  const need = (kind: CandleKind, candles: number) => needed.set(kind, Math.max(needed.get(kind) ?? 1, candles));
  // A column that is read some candles back has to be known that long.
  const needBack = (
    { timeframe, candles, requested }: Pick<FoundColumn, 'timeframe' | 'candles' | 'requested'>,
    back: number,
  ): void => {
    need(1, back + (timeframe === 1 ? candles : 1));
    const isWhole = requested !== null && !requested.isOfPrices;
    if (timeframe > 1) need(isWhole ? wholeKind(timeframe) : timeframe, candles + Math.ceil(back / timeframe));
  };
  for (const column of columns.values()) needBack(column, row?.lookBack ?? 0);
  const byKey = new Map([...columns.values()].map(column => [column.key, column]));
  for (const { column, lag = 0 } of columnsOf(conditions.flatMap(({ comparisons }) => comparisons({} as never))))
    needBack(byKey.get(column) ?? { timeframe: 1, candles: 1, requested: null }, lag);
  return needed;
};

/**
 * A declaration with its parameters as a strategy. Throws `DeclarationError` with what was found
 * and what was expected.
 */
export const programOf = (
  declaration: Declaration,
  given: Readonly<Record<string, unknown>>,
  sources: ColumnSources,
): StrategyProgram => {
  const name = checkName('the name of the strategy', declaration.name);
  const parameters = parametersOf(declaration, given);
  const failures: ColumnFailure[] = [];
  const requests: unknown = declaration.columns?.(parameters) ?? {};
  if (!isRecord(requests)) return fail(`columns returns ${shown(requests)}: expected columns by name`);
  const columns = new Map(
    Object.entries(requests).map(([alias, declared]) => {
      checkName('a column', alias);
      if (alias === 'before' || priceNamed(alias))
        fail(`column ${alias} has a name of the candle (${PRICES.join(', ')}, before): expected another one`);
      return [alias, columnOf(sources.owner ?? name, alias, declared, sources, failures)] as const;
    }),
  );
  if (columns.size > MAX_COLUMNS)
    fail(`the strategy requests ${columns.size} columns: expected at most ${MAX_COLUMNS}`);
  const { guard, file = name } = sources;
  const labelOf = (functionName: string): string => `${file}: ${functionName} of strategy ${name}`;
  const parts: Parts = { declaration, columns, parameters, labelOf };
  const entries = conditionsOf(parts);
  const { conditions } = entries;
  const twice = conditions.find(({ name: one }, i) => conditions.findIndex(other => other.name === one) < i);
  if (twice) fail(`condition ${twice.name} exists twice: expected each name once`);
  const exits = exitsOf(parts).map((exit): Strategy => ({
    ...exit,
    isExit: true,
    guard,
    needed: neededOf(columns, exit),
  }));
  const keys = new Map([...columns].map(([alias, { key }]) => [alias, key]));
  return {
    name,
    parameters,
    ...entries,
    ...(exits.length > 0 && { exits }),
    guard,
    needed: neededOf(columns, entries),
    takeColumnFailures: () => failures.splice(0),
    requested: [...columns.values()].flatMap(({ requested }) => requested ?? []),
    keys,
    readsContext: [...keys.values()].some(key => CONTEXT_KEYS.some(one => one === key)),
  };
};
