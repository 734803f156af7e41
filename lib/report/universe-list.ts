import { comparisonOf, inRuleOrder } from '../universe/catalogue.js';
import type { RuleLine, StoredVerdict } from './why.js';
import { isoTime } from './time.js';

/** Result of one rule for a market at the newest refresh with a verdict on it. */
export interface MarketVerdict extends StoredVerdict {
  readonly symbol: string;
  readonly runId: number;
  readonly mode: 'live' | 'simulated';
}

/** One market with the results of the rules. */
export interface JudgedMarket {
  readonly symbol: string;
  readonly tradable: boolean;
  /** The rules that failed, in order of evaluation. */
  readonly failed: readonly string[];
  /** In the same order. */
  readonly rules: readonly Omit<RuleLine, 'at'>[];
}

/** Every market's verdicts at one refresh. */
export interface UniverseList {
  readonly runId: number;
  readonly mode: 'live' | 'simulated';
  /** Of the refresh. */
  readonly time: string;
  /** Tradable ones first, then by symbol. */
  readonly markets: readonly JudgedMarket[];
  /** Markets with an earlier verdict, but none at this refresh. */
  readonly notJudged: readonly { readonly symbol: string; readonly time: string }[];
}

const judgedOf = (symbol: string, verdicts: readonly MarketVerdict[]): JudgedMarket => {
  const rules = inRuleOrder(verdicts).map(({ rule, value, threshold, pass }) => ({
    rule,
    value,
    threshold,
    pass,
    comparison: comparisonOf(rule),
  }));
  const failed = rules.filter(({ pass }) => !pass).map(({ rule }) => rule);
  return { symbol, tradable: failed.length === 0, failed, rules };
};

/** The markets at the newest refresh among verdicts of one run; null for none. */
export const universeList = (verdicts: readonly MarketVerdict[]): UniverseList | null => {
  const [first] = verdicts;
  if (!first) return null;
  const newest = verdicts.reduce((most, { at }) => Math.max(most, at.getTime()), -Infinity);
  const bySymbol = new Map<string, MarketVerdict[]>();
  for (const verdict of verdicts) bySymbol.set(verdict.symbol, [...(bySymbol.get(verdict.symbol) ?? []), verdict]);
  const all = [...bySymbol].sort(([a], [b]) => (a < b ? -1 : 1));
  const isNow = ([, [verdict]]: readonly [string, readonly MarketVerdict[]]) => verdict!.at.getTime() === newest;
  return {
    runId: first.runId,
    mode: first.mode,
    time: isoTime(newest),
    markets: all
      .filter(isNow)
      .map(([symbol, own]) => judgedOf(symbol, own))
      .sort((a, b) => Number(b.tradable) - Number(a.tradable)),
    notJudged: all
      .filter(each => !isNow(each))
      .map(([symbol, [verdict]]) => ({ symbol, time: isoTime(verdict!.at.getTime()) })),
  };
};
