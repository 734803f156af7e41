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
const STRATEGIES = 'strategies';
const rankOf = (key: string): number => order.get(key.startsWith(`${STRATEGIES}.`) ? STRATEGIES : key) ?? order.size;

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

const diffMaps = (before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): readonly KeyChange[] =>
  [...new Set([...before.keys(), ...after.keys()])].flatMap((key): readonly KeyChange[] => {
    if (!after.has(key)) return [{ key, from: before.get(key) }];
    if (!before.has(key)) return [{ key, to: after.get(key) }];
    const change = { key, from: before.get(key), to: after.get(key) };
    if (canonical(change.from) === canonical(change.to)) return [];
    return key === STRATEGIES ? diffStrategies(change) : [change];
  });

/** Entries of the list of strategies by name; null if it is not such a list. */
const byName = (list: unknown): ReadonlyMap<string, unknown> | null => {
  if (!Array.isArray(list)) return null;
  const named = list.flatMap((entry: unknown) =>
    isMapping(entry) && typeof entry.name === 'string' ? [[`${STRATEGIES}.${entry.name}`, entry] as const] : [],
  );
  const found = new Map<string, unknown>(named);
  return found.size === list.length ? found : null;
};

/** The change of the list of strategies as one of each strategy: as a whole, the list is too long to read. */
const diffStrategies = (change: KeyChange): readonly KeyChange[] => {
  const [before, after] = [byName(change.from), byName(change.to)];
  if (!before || !after) return [change];
  const changes = diffMaps(before, after).flatMap(one =>
    isMapping(one.from) && isMapping(one.to)
      ? diffMaps(new Map(flatten(one.from, one.key)), new Map(flatten(one.to, one.key)))
      : [one],
  );
  return changes.length > 0 ? changes : [change]; // only their order differs
};

/**
 * Changes from `from` to `to`, by key in file order; either may have another schema version. Those
 * of a strategy have its name in the key: `strategies.NAME.risk.stop_loss_percentage`.
 */
export const diffDocuments = (from: unknown, to: unknown): readonly KeyChange[] =>
  inOrder(diffMaps(new Map(flatten(from)), new Map(flatten(to))));

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
