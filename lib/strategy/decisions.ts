import { MOMENTUM } from './momentum.js';

export type ConditionName = (typeof MOMENTUM)['conditions'][number]['name'];

/**
 * The decision on a cell of the tape: a decision's code is its place here. A condition's name says
 * that it was the first to fail.
 */
export const DECISIONS = [
  'outside',
  'gap',
  'not_tradable',
  'quiet',
  'suspect',
  'warming_up',
  'unknown',
  ...MOMENTUM.conditions.map(({ name }): ConditionName => name),
  'opportunity',
] as const;
export type DecisionName = (typeof DECISIONS)[number];

const code = (name: DecisionName): number => DECISIONS.indexOf(name);

/** The decisions that are not conditions, by code. */
export const Decision = {
  /** Before or after the evaluated period: warm-up. */
  outside: code('outside'),
  gap: code('gap'),
  notTradable: code('not_tradable'),
  quiet: code('quiet'),
  suspect: code('suspect'),
  /** A timeframe has fewer than the required 200 candles yet. */
  warmingUp: code('warming_up'),
  /** A required value is null. */
  unknown: code('unknown'),
  firstCondition: code('unknown') + 1,
  opportunity: code('opportunity'),
} as const;
