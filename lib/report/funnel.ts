import { enabledConditions, requirementOf, type Strategy, type StrategyTerms } from '../strategy/condition.js';
import { candlesIn, evaluatedIn, type DecisionCounts, type NotTradableReason } from './decision-tally.js';
import type { Outcomes } from './performance.js';

/** Reasons why a candle is not evaluated, in order of precedence. */
const OBSTACLES = ['gap', 'not_tradable', 'quiet', 'suspect', 'warming_up', 'unknown'] as const;
/** `error`: the code of the strategy failed; only strategies with code have it. */
export type Obstacle = (typeof OBSTACLES)[number] | 'error';

/** One condition of the strategy and the number of candles that passed it. */
export interface FunnelStep {
  readonly condition: string;
  /** In words and numbers: `30 < rsi_14 < 70`. */
  readonly requirement: string;
  readonly passed: number;
}

/** From all candles of the period to the trades: where candles dropped out. */
export interface Funnel {
  readonly candles: number;
  readonly notEvaluated: Readonly<Partial<Record<Obstacle, number>>>;
  readonly notTradable: Readonly<Partial<Record<NotTradableReason, number>>>;
  readonly evaluated: number;
  /** Each with the candles that passed it and all earlier steps. */
  readonly steps: readonly FunnelStep[];
  readonly opportunities: number;
  readonly outcomes: Outcomes;
  /** Opportunities still waiting at the end of the data. */
  readonly waiting: number;
  /** Why there are no trades, in sentences; empty if there are some. */
  readonly explanation: readonly string[];
}

const candlesOf = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'candle' : 'candles'}`;

const partsOf = (counts: Readonly<Record<string, number | undefined>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count)
    .sort(([, a], [, b]) => (b ?? 0) - (a ?? 0))
    .map(([name, count]) => `${name.replaceAll('_', ' ')} ${(count ?? 0).toLocaleString('en-US')}`)
    .join(', ');

const explain = (funnel: Omit<Funnel, 'explanation'>): string[] => {
  const { candles, notEvaluated, notTradable, evaluated, steps, opportunities, outcomes, waiting } = funnel;
  if (outcomes.taken > 0) return [];
  if (candles === 0) return ['There is no candle in the period.'];
  if (evaluated === 0) {
    const lines = [`None of ${candlesOf(candles)} was evaluated: ${partsOf(notEvaluated)}.`];
    if (notEvaluated.not_tradable) lines.push(`Not tradable, by the first rule that failed: ${partsOf(notTradable)}.`);
    return lines;
  }
  if (opportunities === 0) {
    const at = steps.findIndex(({ passed }) => passed === 0);
    const step = steps[at]!;
    const before = at === 0 ? evaluated : steps[at - 1]!.passed;
    return [
      `No candle passed condition ${step.condition} (needs ${step.requirement}): ${candlesOf(before)} of ${evaluated.toLocaleString('en-US')} evaluated came that far.`,
    ];
  }
  const ends = { ...outcomes.rejected, expired: outcomes.expired, 'waiting at the end': waiting };
  return [
    `${opportunities === 1 ? 'The one opportunity' : `None of ${opportunities} opportunities`} became ${opportunities === 1 ? 'no' : 'a'} trade: ${partsOf(ends)}.`,
  ];
};

/** The funnel of a run from its counts. A disabled condition is not a step. */
export const funnelOf = (
  counts: DecisionCounts,
  outcomes: Outcomes,
  strategy: Strategy,
  terms: StrategyTerms,
): Funnel => {
  const { decisions, notTradable } = counts;
  const obstacles: readonly Obstacle[] = strategy.row ? [...OBSTACLES, 'error'] : OBSTACLES;
  const notEvaluated = Object.fromEntries(obstacles.map(name => [name, decisions[name] ?? 0]));
  const opportunities = decisions['opportunity'] ?? 0;
  const evaluated = evaluatedIn(counts, strategy);
  let left = evaluated;
  const steps = enabledConditions(strategy, terms).map(condition => ({
    condition: condition.name,
    requirement: requirementOf(condition, terms),
    passed: (left -= decisions[condition.name] ?? 0),
  }));
  const rejected = Object.values(outcomes.rejected).reduce((sum, count) => sum + count, 0);
  const funnel = {
    candles: candlesIn(counts),
    notEvaluated,
    notTradable,
    evaluated,
    steps,
    opportunities,
    outcomes,
    waiting: Math.max(0, opportunities - outcomes.taken - outcomes.expired - rejected),
  };
  return { ...funnel, explanation: explain(funnel) };
};
