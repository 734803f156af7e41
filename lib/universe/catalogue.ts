import type { CrossCheck } from '../settings/contradiction.js';
import type { DocumentOf } from '../settings/key.js';
import type { FilteringSettings } from '../settings/settings.js';
import type { Rule, RuleSection } from './rule.js';
import { declared } from './rules/index.js';

// What the declarations come to together: an intersection of their keys, and of their settings.
type Declared = (typeof declared)[number];
type Together<Union> = (Union extends unknown ? (part: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
type KeysIn<Section, Each = Declared> = Each extends { readonly section?: infer Own; readonly keys?: infer Keys }
  ? NonNullable<Own> extends Section
    ? NonNullable<Keys>
    : never
  : never;
type SettingsOf<Each = Declared> = Each extends { readonly settings?: (document: never) => infer Settings }
  ? Settings
  : never;

type ReaderOf<Each> = Each extends { readonly contradictions?: readonly CrossCheck<infer Document>[] }
  ? (document: Document) => void
  : never;
/** A document with everything that the rules' cross-checks read. */
type CheckedDocument = ReaderOf<Declared> extends (document: infer All) => void ? All : never;
type RuleDocument = { readonly [Section in RuleSection]: DocumentOf<Together<KeysIn<Section>>> };

/** The name of a rule. */
export type RuleName = Declared['name'];
/** The settings of all rules together. */
export type RuleSettings = Together<SettingsOf>;

/** A rule as it judges: by the settings of all. */
export type UniverseRule = Rule<FilteringSettings, RuleName>;

/** Every rule, in the order in which they are judged. */
export const rules: readonly UniverseRule[] = declared;

/** Names of the rules, in the order in which they are judged and reported. */
export const RULES: readonly RuleName[] = declared.map(({ name }) => name);

/** The rules that candles alone can answer. */
export const candleRules: readonly UniverseRule[] = rules.filter(({ fromCandles }) => fromCandles);

/** The rules that need what candles do not tell: a backtest without stored verdicts cannot apply them and says so. */
export const rulesBeyondCandles: readonly RuleName[] = rules.filter(rule => !rule.fromCandles).map(({ name }) => name);

/** How a rule compares its value with its threshold; null where it compares names, and for a rule of another version. */
export const comparisonOf = (name: string): '≥' | '≤' | null =>
  rules.find(rule => rule.name === name)?.comparison ?? null;

/** Stored verdicts in the order of the rules, then those of rules of other versions. */
export const inRuleOrder = <Verdict extends { readonly rule: string }>(
  verdicts: readonly Verdict[],
): readonly Verdict[] => [
  ...RULES.flatMap(name => verdicts.filter(({ rule }) => rule === name)),
  ...verdicts.filter(({ rule }) => !(RULES as readonly string[]).includes(rule)),
];

const sectionOf = ({ section = 'filtering' }: { readonly section?: RuleSection }): RuleSection => section;

/** The keys of config.yaml that the rules declare in one of its sections. */
export const ruleKeys = <Section extends RuleSection>(section: Section): Together<KeysIn<Section>> =>
  Object.assign({}, ...declared.filter(rule => sectionOf(rule) === section).map(({ keys }) => keys)) as Together<
    KeysIn<Section>
  >;

/** What of a configuration the rules refuse though each key is fine by itself. */
export const ruleContradictions: readonly CrossCheck<CheckedDocument>[] = declared.flatMap<CrossCheck<CheckedDocument>>(
  ({ contradictions = [] }) => contradictions,
);

/** The settings that the keys of the rules mean in a document. */
export const ruleSettings = (document: RuleDocument): RuleSettings =>
  Object.assign({}, ...declared.map(rule => rule.settings?.(document[sectionOf(rule)] as never))) as RuleSettings;
