import type { IndicatorSettings } from '../settings/settings.js';
import { shown } from '../settings/wording.js';
import { INDICATORS } from './catalogue.js';
import type { ColumnGroup, IndicatorOption, Requestable } from './indicator.js';
import type { Bars, Kernel, PriceBars } from './kernel.js';
import {
  RequestError,
  type IndicatorRequest,
  type PriceName,
  type RequestedColumns,
  type ResolvedColumn,
} from './request.js';
import { tulindColumns, tulindOptions, type TulindTable } from './tulind-days.js';
import { WARM_UP_MINUTES } from './warm-up.js';

interface Native extends Requestable<IndicatorSettings> {
  readonly minute: (settings: IndicatorSettings) => readonly ColumnGroup[];
  readonly higher?: (settings: IndicatorSettings) => readonly ColumnGroup<PriceBars>[];
}

const NATIVE: ReadonlyMap<string, Native> = new Map(
  INDICATORS.flatMap(({ request, minute, higher }) =>
    request ? [[request.name, { minute, higher, ...request } as unknown as Native] as const] : [],
  ),
);

/** An indicator as `bot strategy indicators` lists it. */
export interface Listed {
  readonly name: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, number | null>>;
  readonly outputs: readonly string[];
  readonly isNative: boolean;
}

const defaultsOf = (options: Readonly<Record<string, IndicatorOption>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(options).map(([name, option]) => [name, option.default]));

/** Every indicator that a strategy can request, ours first. */
export const requestableIndicators = (tulind: TulindTable): readonly Listed[] => [
  ...[...NATIVE.values()].map(({ name, doc, options, settings, minute }) => ({
    name,
    doc,
    options: defaultsOf(options),
    outputs: minute(settings(defaultsOf(options))).flatMap(({ keys }) => keys.map(key => key.replace(/_\d+$/, ''))),
    isNative: true,
  })),
  ...Object.keys(tulind)
    .filter(name => !NATIVE.has(name))
    .flatMap(name => {
      const found = tulindOptions(tulind, name);
      if (!found) return [];
      const options = Object.fromEntries(found.options.map(option => [option, null]));
      return [{ name, doc: found.title.toLowerCase(), options, outputs: found.outputs, isNative: false }];
    }),
];

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

/** A number as a part of a name: `2p5` for 2.5. */
const named = (value: number): string => String(value).replace('.', 'p').replace('-', 'm');

/** The bars with another column in place of the close. */
const withInput = (group: ColumnGroup, input: PriceName): ColumnGroup => ({
  ...group,
  reference: 'none',
  make: () => {
    const kernel = group.make();
    const of: Kernel = {
      reset: () => kernel.reset(),
      advance: (bars: Bars, from, to, out, at, number) => {
        const { open, high, low, volume } = bars;
        kernel.advance({ open, high, low, volume, close: bars[input] }, from, to, out, at, number);
      },
    };
    return of;
  },
});

const checkedOptions = (
  name: string,
  options: Readonly<Record<string, IndicatorOption>>,
  given: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> => {
  for (const key of Object.keys(given))
    if (!(key in options))
      throw new RequestError(`indicator ${name} has no option "${key}": expected ${list(Object.keys(options))}`);
  return Object.fromEntries(
    Object.entries(options).map(([key, { default: standard, check }]) => {
      const value = given[key] ?? standard;
      const [flaw] = check.flaws(value);
      if (flaw) throw new RequestError(`${key} of ${name} is ${shown(value)}: expected ${flaw.expected}`);
      return [key, value];
    }),
  );
};

/** The columns of a request, before one of them is chosen. */
interface Found {
  readonly columns: RequestedColumns;
  readonly candles: number;
  /** By the names that `output` uses. */
  readonly keyOf: ReadonlyMap<string, string>;
}

const nativeColumns = (native: Native, request: IndicatorRequest): Found => {
  const { name, isOfClose, isNamed, minute, higher, ofTimeframe } = native;
  const { timeframe, input = 'close' } = request;
  const options = checkedOptions(name, native.options, request.options);
  if (input !== 'close' && !isOfClose)
    throw new RequestError(`indicator ${name} reads several columns of the candle: it has no input`);
  const settings = native.settings(options);
  const isOfPrices = input !== 'volume' && input !== 'open' && higher !== undefined;
  const groups = (): readonly ColumnGroup<never>[] => {
    if (timeframe === 1) return minute(settings);
    return isOfPrices ? higher(settings) : (ofTimeframe?.(settings, timeframe) ?? minute(settings));
  };
  const [own] = groups() as readonly [ColumnGroup];
  const suffix = isNamed
    ? ''
    : Object.values(options)
        .map(value => `_${named(value)}`)
        .join('');
  const tail = suffix + (input === 'close' ? '' : `_${input}`);
  const prefix = timeframe > 1 ? `${timeframe}m.` : '';
  const group = { ...own, keys: own.keys.map(key => `${prefix}${key}${tail}`) };
  const outputOf = (key: string) => (isNamed ? key.replace(/_\d+$/, '') : key);
  return {
    columns: { timeframe, group: input === 'close' ? group : withInput(group, input), isOfPrices },
    candles: native.candles?.(options) ?? 10 * Math.max(...Object.values(options)),
    keyOf: new Map(own.keys.map((key, i) => [outputOf(key), group.keys[i]!])),
  };
};

const foreignColumns = (tulind: TulindTable, request: IndicatorRequest): Found => {
  const { indicator, timeframe, input } = request;
  const prefix = timeframe > 1 ? `${timeframe}m.` : '';
  const tail = input && input !== 'close' ? `_${input}` : '';
  const { group, isOfPrices, candles, outputs } = tulindColumns(tulind, request, (output, values) => {
    const base = output === indicator || output.startsWith(indicator) ? output : `${indicator}_${output}`;
    return `${prefix}${base}${values.map(value => `_${named(value)}`).join('')}${tail}`;
  });
  return {
    columns: { timeframe, group, isOfPrices },
    candles,
    keyOf: new Map(outputs.map((output, i) => [output, group.keys[i]!])),
  };
};

/**
 * Finds the column of a request: one of our own indicators, or else tulind's by that name (semantics
 * §2). Throws `RequestError` if there is none, or if its options are wrong.
 */
export const resolveRequest = (request: IndicatorRequest, tulind: TulindTable): ResolvedColumn => {
  const { indicator, timeframe, output } = request;
  if (!Number.isInteger(timeframe) || timeframe < 1 || timeframe > 60 || 60 % timeframe !== 0)
    throw new RequestError(
      `timeframe of ${indicator} is ${shown(timeframe)}: expected a whole number of minutes from 1 to 60 that divides 60`,
    );
  const native = NATIVE.get(indicator);
  const { columns, candles, keyOf } = native ? nativeColumns(native, request) : foreignColumns(tulind, request);
  const longest = Math.floor(WARM_UP_MINUTES / timeframe);
  if (candles > longest)
    throw new RequestError(
      `indicator ${indicator} needs ${candles} candles of ${timeframe} min: expected at most ${longest}, as a series starts ${WARM_UP_MINUTES} minutes early`,
    );
  const key = output === undefined ? [...keyOf.values()][0] : keyOf.get(output);
  if (key === undefined)
    throw new RequestError(`indicator ${indicator} has no output "${output}": expected ${list([...keyOf.keys()])}`);
  return { key, columns, candles };
};
