import type { CrossCheck } from './contradiction.js';
import { isKey, type DocumentOf, type Section } from './key.js';

/**
 * The configuration that a part of the bot declares: its keys, its settings and its cross-checks.
 * Declare `settings` before the properties that read them, so that the compiler infers their types.
 */
export interface Fragment<Keys extends Section, Settings, Document> {
  /** Its keys, within the section of config.yaml shared by all parts of its kind. */
  readonly keys?: Keys;
  /** Its settings, in ratios and milliseconds. */
  readonly settings?: (document: DocumentOf<Keys>) => Settings;
  /** Invalid combinations of keys that are valid by themselves. */
  readonly contradictions?: readonly CrossCheck<Document>[];
}

interface AnyFragment {
  readonly keys?: Section;
  readonly settings?: (document: never) => unknown;
  readonly contradictions?: readonly CrossCheck<never>[];
}

/** The intersection of a union's parts. */
export type Together<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
/** The keys of any fragment of a union. */
export type KeysOf<Each> = Each extends { readonly keys?: infer Keys } ? NonNullable<Keys> : never;
type SettingsReader<Each> = Each extends { readonly settings?: (document: never) => infer Settings }
  ? (settings: Settings) => void
  : never;
/** The settings of all fragments of a union. */
export type SettingsOf<Each> = SettingsReader<Each> extends (settings: infer All) => void ? All : never;
type DocumentReader<Each> = Each extends { readonly contradictions?: readonly CrossCheck<infer Document>[] }
  ? (document: Document) => void
  : never;
/** A document with everything that the fragments' cross-checks read. */
export type CheckedBy<Each> = DocumentReader<Each> extends (document: infer All) => void ? All : never;

const merged = (one: Section, other: Section): Section => {
  const all = { ...one };
  for (const [name, node] of Object.entries(other)) {
    const known = all[name];
    if (known && (isKey(known) || isKey(node))) throw new Error(`The key ${name} is declared twice.`);
    all[name] = known ? merged(known, node as Section) : node;
  }
  return all;
};

/**
 * The keys of all fragments, sections of the same name merged. Throws if a key is declared twice.
 */
export const mergeKeys = <Each extends AnyFragment>(fragments: readonly Each[]): Together<KeysOf<Each>> =>
  fragments.reduce<Section>((all, { keys = {} }) => merged(all, keys), {}) as Together<KeysOf<Each>>;

/** The settings that all fragments read from a document of their section. */
export const mergeSettings = <Each extends AnyFragment>(
  fragments: readonly Each[],
  document: DocumentOf<Together<KeysOf<Each>>>,
): SettingsOf<Each> =>
  Object.assign({}, ...fragments.map(({ settings }) => settings?.(document as never))) as SettingsOf<Each>;

const defaultsOf = (section: Section): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(section).map(([name, node]) => [name, isKey(node) ? node.default : defaultsOf(node)]),
  );

/** The settings of all fragments where every key has its default. */
export const defaultSettingsOf = <Each extends AnyFragment>(fragments: readonly Each[]): SettingsOf<Each> =>
  mergeSettings(fragments, defaultsOf(mergeKeys(fragments) as Section) as never);

/** The cross-checks of all fragments. */
export const crossChecksOf = <Each extends AnyFragment>(
  fragments: readonly Each[],
): readonly CrossCheck<CheckedBy<Each>>[] =>
  fragments.flatMap(({ contradictions = [] }) => contradictions as readonly CrossCheck<CheckedBy<Each>>[]);
