import { databaseUrl } from '../database-url.js';
import { closest, shown, UnclearNumber } from './wording.js';

/** A path within a value: keys of mappings and indexes of lists. Empty: the value itself. */
export type Path = readonly (string | number)[];

/** A mistake in a value: its path, the value found, the value expected. */
export interface Flaw {
  readonly at: Path;
  readonly found: unknown;
  readonly expected: string;
}

/** Format of a configuration value. Types are exact: a text is never read as a number. */
export interface Format<T> {
  /** Description; completes "expected …". */
  readonly expected: string;
  /** Only the bounds or choices, for the comment beside the key. */
  readonly brief?: string;
  readonly flaws: (value: unknown) => readonly Flaw[];
  /** Normal form of an accepted value, with its defaults filled in. */
  readonly normal: (value: unknown) => T;
  /** Parses a text of the environment; returns the text itself if it is invalid. */
  readonly parse: (text: string) => unknown;
}

/** The only accepted spelling of a number, in files and in the environment. */
export const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

const hint = (value: unknown): string => {
  if (value instanceof UnclearNumber) return ', in plain decimal digits';
  if (typeof value !== 'string') return '';
  if (/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return ', without quotes';
  if (/^[\d.,_ ]+\s?%$/.test(value)) return ', without the percent sign';
  return /^\d[\d_,' ]*(\.\d+)?$/.test(value) ? ', in plain digits without separators' : '';
};

const simple = <T>(
  expected: string,
  accepts: (value: unknown) => boolean,
  advice: (value: unknown) => string = () => '',
): Format<T> => ({
  expected,
  flaws: value => (accepts(value) ? [] : [{ at: [], found: value, expected: expected + advice(value) }]),
  normal: value => value as T,
  parse: text => text,
});

/** Bounds of a number. */
export interface Range {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
}

const digits = (value: number): string => (value >= 1e6 ? value.toExponential().replace('e+', 'e') : String(value));

const bounds = ({ from, above, to, below }: Range): string => {
  const least = from === undefined ? above !== undefined && `above ${digits(above)}` : `from ${digits(from)}`;
  const most =
    to === undefined
      ? below !== undefined && `below ${digits(below)}`
      : `${from === undefined ? 'up ' : ''}to ${digits(to)}`;
  return [least, most].filter(Boolean).join(from === undefined || to === undefined ? ' and ' : ' ');
};

const within = (value: number, { from, above, to, below }: Range): boolean =>
  Number.isFinite(value) &&
  value >= (from ?? -Infinity) &&
  value > (above ?? -Infinity) &&
  value <= (to ?? Infinity) &&
  value < (below ?? Infinity);

const numeric = (
  kind: string,
  range: Range,
  more: string,
  accepts: (value: number) => boolean = () => true,
): Format<number> => ({
  ...simple<number>(
    `${kind} ${bounds(range)}${more}`,
    value => typeof value === 'number' && within(value, range) && accepts(value),
    hint,
  ),
  brief: bounds(range) + more.replace(' that divides', ', dividing'),
  parse: text => (PLAIN_NUMBER.test(text) ? Number(text) : text),
});

/** A finite number. */
export const number = (range: Range): Format<number> => numeric('a number', range, '');

/** A finite number with at most six decimals, so that sums of such numbers can be exact. */
export const sixDecimals = (range: Range): Format<number> =>
  numeric('a number', range, ' with at most 6 decimals', value => Number(value.toFixed(6)) === value);

/** A whole number. */
export const whole = (range: Range): Format<number> => numeric('a whole number', range, '', Number.isInteger);

/** A whole number that divides another one. */
export const divisor = (of: number, range: Range): Format<number> =>
  numeric('a whole number', range, ` that divides ${of}`, value => Number.isInteger(value) && of % value === 0);

/** A number with a single valid value, for the given reason. */
export const only = (number: number, reason: string): Format<number> => ({
  ...simple<number>(`${number}: ${reason}`, value => value === number),
  brief: 'only choice yet',
  parse: text => (PLAIN_NUMBER.test(text) ? Number(text) : text),
});

/** Exactly `true` or `false`. */
export const truth: Format<boolean> = simple('true or false', value => typeof value === 'boolean');

/** One of the given names, exactly as spelled. */
export const choice = <const T extends string>(names: readonly T[]): Format<T> => ({
  ...simple<T>(
    names.length > 1 ? `one of ${names.join(', ')}` : names.join(),
    value => names.includes(value as T),
    value => {
      const meant = typeof value === 'string' ? closest(value, names) : null;
      return meant === null ? '' : ` (did you mean ${meant}?)`;
    },
  ),
  brief: names.length > 1 ? names.join(', ') : 'only choice yet',
});

/** A text that matches a pattern completely. */
export const text = (expected: string, pattern: RegExp): Format<string> =>
  simple(expected, value => typeof value === 'string' && pattern.test(value));

const url = (value: unknown): URL | null => (typeof value === 'string' && URL.canParse(value) ? new URL(value) : null);

/** An HTTP address; no credentials, query or fragment, because it is recorded unchanged. */
export const httpUrl: Format<string> = simple('an http(s):// address without credentials, ? and #', value => {
  const parts = url(value);
  return (
    parts !== null &&
    /^https?:\/\/[^\s?#]+$/.test(value as string) &&
    parts.username + parts.password === '' &&
    parts.hostname !== ''
  );
});

/** `embedded`, or the URL of a PostgreSQL. */
export const connection: Format<string> = simple(
  'embedded or postgresql://user:password@host:port/database (special characters of the password percent-encoded)',
  value => value === 'embedded' || (typeof value === 'string' && databaseUrl(value) !== null),
);

/** Null, or a value of another format. */
export const optional = <T>(format: Format<T>): Format<T | null> => ({
  ...format,
  expected: `null or ${format.expected}`,
  flaws: value =>
    value === null ? [] : format.flaws(value).map(flaw => ({ ...flaw, expected: `null or ${flaw.expected}` })),
});

/** Further rules of a list. */
export interface ListRules {
  readonly least?: number;
  readonly most?: number;
  /** `any`: duplicates are allowed. */
  readonly order?: 'any' | 'unique' | 'ascending';
}

/** A list of values of one format, without duplicates unless the order is `any`. */
export const list = <T>(
  of: Format<T>,
  { least = 0, most = 200, order = 'unique' }: ListRules = {},
): Format<readonly T[]> => {
  const size = least > 0 ? `${least} to ${most}` : `at most ${most}`;
  const expected = `a list of ${size}, each ${of.expected}`;
  const sameAs = (one: unknown, other: unknown): boolean =>
    one === other || (of.flaws(other).length === 0 && of.normal(one) === of.normal(other));
  return {
    ...simple(expected, () => true),
    ...(of.brief !== undefined && { brief: `each ${of.brief}` }),
    flaws: value => {
      if (!Array.isArray(value) || value.length < least || value.length > most)
        return [{ at: [], found: value, expected }];
      return value.flatMap((item: unknown, n): readonly Flaw[] => {
        const flaws = of.flaws(item);
        if (flaws.length > 0) return flaws.map(flaw => ({ ...flaw, at: [n, ...flaw.at] }));
        const before: unknown = value[n - 1];
        const first: unknown = order === 'any' ? item : value.find(other => sameAs(item, other));
        if (first !== item)
          return [{ at: [n], found: item, expected: `each value only once: ${shown(first)} means the same` }];
        if (order !== 'any' && value.indexOf(item) < n)
          return [{ at: [n], found: item, expected: 'each value only once' }];
        return order === 'ascending' && typeof before === 'number' && (item as number) < before
          ? [{ at: [n], found: item, expected: `more than the ${before} before it (ascending values)` }]
          : [];
      });
    },
    normal: value => (value as unknown[]).map(of.normal),
  };
};

const mapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof UnclearNumber);

const strangers = (value: Record<string, unknown>, names: readonly string[]): readonly Flaw[] =>
  Object.keys(value)
    .filter(name => !names.includes(name))
    .map(name => {
      const meant = closest(name, names);
      const expected = meant === null ? `one of ${names.join(', ')}` : `did you mean ${meant}?`;
      return { at: [name], found: value[name], expected: `a known key: ${expected}` };
    });

/** A mapping with the given keys, all required. */
export const record = <T extends object>(formats: { readonly [K in keyof T]: Format<T[K]> }): Format<T> => {
  const names = Object.keys(formats) as (keyof T & string)[];
  const expected = `{${names.map(name => `${name}: ${formats[name].expected}`).join(', ')}}`;
  return {
    ...simple<T>(expected, () => true),
    flaws: value =>
      mapping(value)
        ? [
            ...names.flatMap(name =>
              formats[name].flaws(value[name]).map(flaw => ({ ...flaw, at: [name, ...flaw.at] })),
            ),
            ...strangers(value, names),
          ]
        : [{ at: [], found: value, expected }],
    normal: value =>
      Object.fromEntries(names.map(name => [name, formats[name].normal((value as T)[name])])) as unknown as T,
  };
};

/** One choice for all names, or a mapping of names to choices; default: the first choice. */
export const eachOf = <const N extends string, const T extends string>(
  names: readonly N[],
  choices: readonly [T, ...T[]],
): Format<Readonly<Record<N, T>>> => {
  const one = choice(choices);
  const expected = `${choices.join(' or ')}, or a mapping to them from ${names.join(', ')}`;
  return {
    ...simple(expected, () => true),
    flaws: value => {
      if (!mapping(value)) return choices.includes(value as T) ? [] : [{ at: [], found: value, expected }];
      const known = names.filter(name => name in value);
      return [
        ...known.flatMap(name => one.flaws(value[name]).map(flaw => ({ ...flaw, at: [name] }))),
        ...strangers(value, names),
      ];
    },
    normal: value =>
      Object.fromEntries(names.map(name => [name, mapping(value) ? (value[name] ?? choices[0]) : value])) as Record<
        N,
        T
      >,
  };
};
