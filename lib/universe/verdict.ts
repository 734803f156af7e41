import type { FilteringSettings } from '../settings/settings.js';
import { RULES, type RuleName, type UniverseRule } from './catalogue.js';
import type { EpochMs } from '../units.js';
import type { MarketFacts } from './rule.js';

/**
 * A cell's verdict: not evaluated yet, tradable, or `firstRule` + the place in `RULES` of the first
 * rule that failed.
 */
export const Verdict = { notJudged: 0, tradable: 1, firstRule: 2 } as const;

/** The verdict that names the first rule that failed; `tradable` for null. */
export const verdictOf = (failed: RuleName | null): number =>
  failed === null ? Verdict.tradable : Verdict.firstRule + RULES.indexOf(failed);

/** The result of one rule for one market at a refresh. */
export interface RuleVerdict {
  /** Lane. */
  readonly market: number;
  /** Time of the refresh: the close time of the last candles used. */
  readonly at: EpochMs;
  readonly rule: RuleName;
  /**
   * In the unit of its threshold in config.yaml; null if unknown, and for rules that compare names.
   */
  readonly value: number | null;
  /** As in config.yaml; null for rules that compare names. */
  readonly threshold: number | null;
  readonly pass: boolean;
}

const passes = (rule: UniverseRule, facts: MarketFacts, filtering: FilteringSettings): boolean => {
  const says = rule.judge(facts, filtering);
  return says === 'unknown' ? filtering.unknown[rule.name] === 'pass' : says;
};

/** The verdict by these rules, in their order. */
export const judgeBy = (rules: readonly UniverseRule[], facts: MarketFacts, filtering: FilteringSettings): number => {
  for (let i = 0; i < rules.length; i++) if (!passes(rules[i]!, facts, filtering)) return verdictOf(rules[i]!.name);
  return Verdict.tradable;
};

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/** The result of each of these rules. */
export const evaluateAll = (
  rules: readonly UniverseRule[],
  market: number,
  facts: MarketFacts,
  filtering: FilteringSettings,
): readonly RuleVerdict[] =>
  rules.map(rule => ({
    market,
    at: facts.at,
    rule: rule.name,
    value: finite(rule.value?.(facts, filtering)),
    threshold: finite(rule.threshold?.(filtering)),
    pass: passes(rule, facts, filtering),
  }));
