import { MOMENTUM } from './momentum.js';

/** The decisions on candles that are not evaluated, by code. */
const OBSTACLES = ['outside', 'gap', 'not_tradable', 'quiet', 'suspect', 'warming_up', 'unknown'] as const;
const OPPORTUNITY = 'opportunity';

/** Names that no condition may have. */
export const RESERVED_DECISIONS: readonly string[] = [...OBSTACLES, OPPORTUNITY, 'error'];

/**
 * The decisions of a strategy: a decision's code is its place here. A condition's name says that it
 * was the first to fail; `error` that the strategy's own code failed.
 */
export const decisionsOf = <Name extends string>({
  conditions,
  row,
}: {
  readonly conditions: readonly { readonly name: Name }[];
  readonly row?: unknown;
}): readonly ((typeof OBSTACLES)[number] | Name | typeof OPPORTUNITY | 'error')[] => [
  ...OBSTACLES,
  ...conditions.map(({ name }): Name => name),
  OPPORTUNITY,
  ...(row ? ['error' as const] : []),
];

/** Name of a condition of the momentum strategy. */
export type ConditionName = (typeof MOMENTUM)['conditions'][number]['name'];

/** The decisions of the momentum strategy. */
export const DECISIONS = [
  ...OBSTACLES,
  ...MOMENTUM.conditions.map(({ name }): ConditionName => name),
  OPPORTUNITY,
] as const;
/** One of `DECISIONS`. */
export type DecisionName = (typeof DECISIONS)[number];

const code = (name: DecisionName): number => DECISIONS.indexOf(name);

/**
 * The decisions that are not conditions, by code. All strategies have the same but for
 * `opportunity`, which comes after their conditions: that is the momentum strategy's.
 */
export const Decision = {
  /** Before or after the evaluated period: warm-up. */
  outside: code('outside'),
  gap: code('gap'),
  notTradable: code('not_tradable'),
  quiet: code('quiet'),
  suspect: code('suspect'),
  /** A timeframe has fewer candles than required yet. */
  warmingUp: code('warming_up'),
  /** A required value is null. */
  unknown: code('unknown'),
  firstCondition: code('unknown') + 1,
  opportunity: code('opportunity'),
} as const;
