import { defaultConfiguration } from './read.js';
import { keys, valueAt } from './schema.js';
import type { Configuration } from './settings.js';

/** A key whose value is not its default. */
export interface Change {
  readonly key: string;
  readonly value: unknown;
  readonly default: unknown;
  readonly unit: string;
}

const entriesOf = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([name, part]) => [`.${name}`, part])
    : [['', value]];

/** The non-default keys of a configuration, in file order. Secrets are `[redacted]`. */
export const changesOf = ({ document }: Pick<Configuration, 'document'>): readonly Change[] =>
  [...keys].flatMap(([key, { unit }]) => {
    const standards = entriesOf(valueAt(defaultConfiguration.document, key));
    return entriesOf(valueAt(document, key)).flatMap(([part, value], n) => {
      const standard = standards[n]?.[1];
      return JSON.stringify(value) === JSON.stringify(standard)
        ? []
        : [{ key: key + part, value, default: standard, unit }];
    });
  });
