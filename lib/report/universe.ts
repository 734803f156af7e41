import type { Ratio } from '../units.js';
import { candleRules, RULES, rules, rulesBeyondCandles, type RuleName } from '../universe/catalogue.js';

/** Stored verdicts that a backtest used. */
export interface VerdictsUsed {
  readonly runId: number;
  /** Of the refreshes of the traded markets. */
  readonly share: Ratio;
  /** Rules that the run did not have yet at some refreshes. */
  readonly notStored: readonly RuleName[];
}

/** The rules and verdicts that selected tradable markets. */
export interface UniverseSummary {
  /** At every refresh. */
  readonly rulesApplied: readonly RuleName[];
  /** Applied only where verdicts are stored, if at all. */
  readonly rulesNotApplied: readonly RuleName[];
  /** The run that stored the verdicts; null if none are stored. */
  readonly verdictsOfRun: number | null;
  /** Share of the refreshes with stored verdicts. */
  readonly verdictShare: Ratio;
}

const namesOf = (some: readonly { readonly name: RuleName }[]) => some.map(({ name }) => name);

/** The applied rules: those that need candles alone, and all stored ones where verdicts exist. */
export const universeOf = (used: VerdictsUsed | null): UniverseSummary => {
  const applied = namesOf(used?.share === 1 ? rules : candleRules).filter(name => !used?.notStored.includes(name));
  return {
    rulesApplied: applied,
    rulesNotApplied: RULES.filter(name => !applied.includes(name)),
    verdictsOfRun: used?.runId ?? null,
    verdictShare: used?.share ?? 0,
  };
};

const percent = (share: Ratio): string => `${Number((100 * share).toFixed(1))} %`;

/** Warnings at the head of the report; none if every rule was applied. */
export const universeWarnings = (used: VerdictsUsed | null): readonly string[] => {
  const { share, notStored }: Omit<VerdictsUsed, 'runId'> = used ?? { share: 0, notStored: [] };
  const beyond = share === 1 ? [] : rulesBeyondCandles.filter(name => !notStored.includes(name));
  const warning = (names: readonly RuleName[], where: string): readonly string[] =>
    names.length === 0 ? [] : [`universe not point-in-time: ${names.join(', ')} not applied ${where}`];
  return [
    ...warning(
      beyond,
      used === null ? '(no verdicts are stored)' : `at ${percent(1 - share)} of the refreshes (no verdicts are stored)`,
    ),
    ...warning(notStored, `at refreshes that run ${used?.runId} evaluated before it had this rule`),
  ];
};
