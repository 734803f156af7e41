import { crossChecksOf, type SettingsOf } from '../settings/fragment.js';
import type { FilteringSettings } from '../settings/settings.js';
import type { Rule, RuleSection } from './rule.js';
import { declared } from './rules/index.js';

type Declared = (typeof declared)[number];
type InSection<Section, Each = Declared> = Each extends { readonly section?: infer Home }
  ? NonNullable<Home> extends Section
    ? Each
    : never
  : never;

/** The name of a rule. */
export type RuleName = Declared['name'];
/** The settings of all rules together. */
export type RuleSettings = SettingsOf<Declared>;

/** A rule bound to the settings of all. */
export type UniverseRule = Rule<FilteringSettings, RuleName>;

/** Every rule, in the order of evaluation. */
export const rules: readonly UniverseRule[] = declared;

/** Names of the rules, in the order of evaluation and of reports. */
export const RULES: readonly RuleName[] = declared.map(({ name }) => name);

/** The rules that need nothing but candles. */
export const candleRules: readonly UniverseRule[] = rules.filter(({ fromCandles }) => fromCandles);

/**
 * The rules that need more than candles: a backtest without stored verdicts cannot apply them and
 * says so.
 */
export const rulesBeyondCandles: readonly RuleName[] = rules.filter(rule => !rule.fromCandles).map(({ name }) => name);

/**
 * How a rule compares its value with its threshold; null if it compares names, and for a rule of
 * another version.
 */
export const comparisonOf = (name: string): '≥' | '≤' | null =>
  rules.find(rule => rule.name === name)?.comparison ?? null;

/** Stored verdicts in the order of the rules, then those of rules of other versions. */
export const inRuleOrder = <Verdict extends { readonly rule: string }>(
  verdicts: readonly Verdict[],
): readonly Verdict[] => [
  ...RULES.flatMap(name => verdicts.filter(({ rule }) => rule === name)),
  ...verdicts.filter(({ rule }) => !(RULES as readonly string[]).includes(rule)),
];

/** The rules whose keys are in a section of config.yaml. */
export const rulesIn = <Section extends RuleSection>(section: Section): readonly InSection<Section>[] =>
  (declared as readonly Declared[]).filter(
    (rule): rule is InSection<Section> => (rule.section ?? 'filtering') === section,
  );

/** Contradictions of a configuration that the rules find though each key is valid by itself. */
export const ruleCrossChecks = crossChecksOf<Declared>(declared);
