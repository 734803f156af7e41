import { compact } from './render.js';
import { keys } from './schema.js';
import type { Configuration } from './settings.js';
import { printable, REDACTED } from './wording.js';

/** A key whose value differs; `from` or `to` is absent if that document has no such key. */
export interface KeyChange {
  readonly key: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A document as values by dotted name; a list is one value. */
export const flatten = (value: unknown, name = ''): readonly (readonly [string, unknown])[] =>
  isMapping(value)
    ? Object.entries(value).flatMap(([part, inner]) => flatten(inner, name === '' ? part : `${name}.${part}`))
    : [[name, value]];

const order = new Map(
  [...keys].flatMap(([key, { default: value }]) => flatten(value, key)).map(([key], n) => [key, n]),
);
const rankOf = (key: string): number => order.get(key) ?? order.size;

/** Sorts in the order of config.yaml; keys that the schema does not know come last, by name. */
const inOrder = (changes: readonly KeyChange[]): readonly KeyChange[] =>
  changes.toSorted(
    ({ key: one }, { key: other }) => rankOf(one) - rankOf(other) || (one < other ? -1 : Number(one > other)),
  );

/** JSON with sorted keys, since a database does not preserve their order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    isMapping(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

/** Changes from `from` to `to`, by key in file order; either may have another schema version. */
export const diffDocuments = (from: unknown, to: unknown): readonly KeyChange[] => {
  const before = new Map(flatten(from));
  const after = new Map(flatten(to));
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key): KeyChange[] => {
    if (!after.has(key)) return [{ key, from: before.get(key) }];
    if (!before.has(key)) return [{ key, to: after.get(key) }];
    const change = { key, from: before.get(key), to: after.get(key) };
    return canonical(change.from) === canonical(change.to) ? [] : [change];
  });
  return inOrder(changes);
};

const CONNECTION = 'database.connection_string';

/** Like `diffDocuments`, with changed secrets as `[redacted]` → `[redacted]`. */
export const diffConfigurations = (from: Configuration, to: Configuration): readonly KeyChange[] => {
  const changes = diffDocuments(from.document, to.document);
  const same = from.settings.database.connectionString === to.settings.database.connectionString;
  if (same || changes.some(({ key }) => key === CONNECTION)) return changes;
  return inOrder([...changes, { key: CONNECTION, from: REDACTED, to: REDACTED }]);
};

/** A value as shown in a line; `absent` if there is none. */
export const worded = (value: unknown): string => {
  if (value === undefined) return 'absent';
  return typeof value === 'string' ? printable(value) : compact(value);
};

/** A change in a line: `costs.taker_fee_percentage: 0.4 → 0.25`. */
export const changeLine = ({ key, from, to }: KeyChange): string => `${key}: ${worded(from)} → ${worded(to)}`;
