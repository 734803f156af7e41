import { currencyNamed } from '../exchange/adapters.js';
import { number, text, whole, type Format } from './formats.js';

/** One key of config.yaml: a property of the convict schema, with its format as a value. */
export interface Key<T> {
  readonly default: T;
  readonly unit: string;
  readonly doc: string;
  /** The name of `check` in convict. */
  readonly format: string;
  readonly check: Format<T>;
  /** The environment variable that overrides it. */
  readonly env?: string;
  /** Its value is never shown nor recorded. */
  readonly sensitive?: true;
}

type Extra = Pick<Key<unknown>, 'env' | 'sensitive'>;

/** Declares a key: its default, format, unit and meaning in one sentence. */
export const key = <T>(
  standard: NoInfer<T>,
  check: Format<T>,
  unit: string,
  doc: string,
  extra: Extra = {},
): Key<T> => ({
  default: standard,
  unit,
  doc,
  format: check.expected,
  check,
  ...extra,
});

/** A mapping of the schema: keys and further sections. */
export interface Section {
  readonly [name: string]: Key<unknown> | Section;
}

/** Whether a node of the schema is a key, not a section. */
export const isKey = (node: Key<unknown> | Section): node is Key<unknown> => 'check' in node;

/** Every key of a section by its dotted name, in the order of the file. */
export const leavesOf = (section: Section, prefix = ''): readonly (readonly [name: string, key: Key<unknown>])[] =>
  Object.entries(section).flatMap(([name, node]) =>
    isKey(node) ? [[prefix + name, node] as const] : leavesOf(node, `${prefix}${name}.`),
  );

/** The values of a section's keys, with the names and units of config.yaml. */
export type DocumentOf<S> = { readonly [K in keyof S]: S[K] extends Key<infer T> ? T : DocumentOf<S[K]> };

/** A currency code. An exchange's own codes are converted to the common name: XBT is BTC. */
export const currencyCode: Format<string> = {
  ...text('a currency code in capitals, such as USD', /^[A-Z0-9]{1,15}$/),
  normal: value => currencyNamed(value as string),
};

/** An amount of money. */
export const money = number({ from: 0, to: 1e15 });

/** The period of an indicator, in candles. */
export const candlePeriod = whole({ from: 2, to: 500 });

/** A percentage above 0. */
export const percentUpTo = (to: number): Format<number> => number({ above: 0, to });
