import { CONDITIONS } from '../strategy/conditions/index.js';
import { mergeKeys } from './fragment.js';
import { isKey, type Section } from './key.js';
import { schema, type Document } from './schema.js';
import type { Overrides, StrategyEntry } from './strategy-entry.js';

/** A mapping of a strategy's entry whose keys override those of a section. */
export interface OverrideSection {
  /** The key of the entry. */
  readonly of: 'parameters' | 'risk';
  /** The section of config.yaml. */
  readonly base: 'momentum_strategy' | 'risk_management';
  /** The keys that may be overridden. */
  readonly section: Section;
}

const RISK: OverrideSection = { of: 'risk', base: 'risk_management', section: schema.risk_management };
// Without the periods of indicators, whose columns all strategies share.
const MOMENTUM: OverrideSection = { of: 'parameters', base: 'momentum_strategy', section: mergeKeys(CONDITIONS) };

/** The sections that an entry may override. */
export const overrideSectionsOf = ({ use }: Pick<StrategyEntry, 'use'>): readonly OverrideSection[] =>
  use === 'momentum' ? [MOMENTUM, RISK] : [RISK];

const overlaid = (section: Section, base: Overrides, overrides: Overrides): Overrides => ({
  ...base,
  ...Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => {
      const node = section[name]!;
      return [name, isKey(node) ? value : overlaid(node, base[name] as Overrides, value as Overrides)];
    }),
  ),
});

/** Whether an entry overrides a key. */
const overrides = (entry: StrategyEntry): boolean =>
  overrideSectionsOf(entry).some(({ of }) => Object.keys(entry[of]).length > 0);

/** The document as one of its strategies sees it; null if that strategy overrides nothing. */
export const documentOf = (document: Document, entry: StrategyEntry): Document | null => {
  if (!overrides(entry)) return null;
  const sections = overrideSectionsOf(entry).map(({ of, base, section }) => [
    base,
    overlaid(section, document[base] as Overrides, entry[of]),
  ]);
  return { ...document, ...(Object.fromEntries(sections) as Partial<Document>) };
};

/** Overridden keys by their dotted names, such as `roc.thresholds`; a list becomes a text. */
export const flatOverrides = (
  overridden: Overrides,
  prefix = '',
): Readonly<Record<string, number | boolean | string>> =>
  Object.fromEntries(
    Object.entries(overridden).flatMap(([key, value]) => {
      const name = `${prefix}${key}`;
      if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return [[name, value]];
      if (typeof value !== 'object' || value === null) return [[name, String(value)]];
      return Array.isArray(value)
        ? [[name, value.map(part => (typeof part === 'object' ? JSON.stringify(part) : String(part))).join(', ')]]
        : Object.entries(flatOverrides(value as Overrides, `${name}.`));
    }),
  );
