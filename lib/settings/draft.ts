import { UserError } from '../errors.js';
import { diffDocuments, flatten, type KeyChange } from './diff.js';
import { overridesIn } from './read.js';
import { isKey, type Key, type Section } from './key.js';
import { schema } from './schema.js';
import { nameOf, readSource } from './source.js';
import { REDACTED, shown } from './wording.js';

/** Keys of a refused text: valid values as they are, others as shown in messages. No secrets. */
export type Draft = ReadonlyMap<string, unknown>;

type Entries = readonly (readonly [string, unknown])[];

const MAX_CHANGES = 200;
const UNKNOWN = 'an unknown key';

const entriesOfKey = ({ default: standard, check, sensitive }: Key<unknown>, value: unknown, name: string): Entries => {
  if (value === undefined) return flatten(standard, name);
  if (sensitive) return [[name, value === standard ? value : REDACTED]];
  return check.flaws(value).length > 0 ? [[name, shown(value)]] : flatten(check.normal(value), name);
};

const entriesOf = (section: Section, value: unknown, prefix: string): Entries => {
  if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value)))
    return [[prefix, shown(value)]];
  const stated = (value ?? {}) as Readonly<Record<string, unknown>>;
  const strangers = Object.keys(stated).filter(name => !Object.hasOwn(section, name));
  return [
    ...Object.entries(section).flatMap(([name, node]) => {
      const at = nameOf(prefix, name);
      return isKey(node) ? entriesOfKey(node, stated[name], at) : entriesOf(node, stated[name], at);
    }),
    ...strangers.map(name => [nameOf(prefix, name), UNKNOWN] as const),
  ];
};

/** Reads a refused text as far as possible, without overridden keys; null if not a YAML mapping. */
export const draftOf = (text: string, env: Readonly<Record<string, string | undefined>>): Draft | null => {
  try {
    const { value } = readSource(text, '');
    const draft = new Map(entriesOf(schema, value, ''));
    for (const { key } of overridesIn(env)) draft.delete(key);
    return draft;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
};

/** The changes of a draft, at most 200 keys. */
export const diffDraft = (document: unknown, draft: Draft): readonly KeyChange[] => {
  const before = flatten(document).filter(([key]) => draft.has(key));
  return diffDocuments(Object.fromEntries(before), Object.fromEntries(draft)).slice(0, MAX_CHANGES);
};
