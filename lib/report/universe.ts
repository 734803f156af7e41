import type { RuleName } from '../settings/settings.js';
import type { Ratio } from '../units.js';
import { candleRules, rules, rulesBeyondCandles } from '../universe/rules/index.js';

/** Stored verdicts that a backtest went by. */
export interface VerdictsUsed {
  readonly runId: number;
  /** Of the refreshes of the traded markets. */
  readonly share: Ratio;
}

/** What markets were judged by. */
export interface UniverseSummary {
  /** At every refresh. */
  readonly rulesApplied: readonly RuleName[];
  /** Applied at most where verdicts are stored. */
  readonly rulesNotApplied: readonly RuleName[];
  /** The run that left the verdicts; null where none are stored. */
  readonly verdictsOfRun: number | null;
  /** Share of the refreshes at which they are known. */
  readonly verdictShare: Ratio;
}

const namesOf = (some: readonly { readonly name: RuleName }[]) => some.map(({ name }) => name);

/** Which rules were applied: those that candles alone answer, and every one where verdicts are stored. */
export const universeOf = (used: VerdictsUsed | null): UniverseSummary => {
  const all = used?.share === 1;
  return {
    rulesApplied: namesOf(all ? rules : candleRules),
    rulesNotApplied: all ? [] : rulesBeyondCandles,
    verdictsOfRun: used?.runId ?? null,
    verdictShare: used?.share ?? 0,
  };
};

const percent = (share: Ratio): string => `${Number((100 * share).toFixed(1))} %`;

/** What the report says of it among the first things: empty where every rule was applied. */
export const universeWarning = ({ rulesNotApplied, verdictsOfRun, verdictShare }: UniverseSummary): string[] => {
  if (rulesNotApplied.length === 0) return [];
  const names = rulesNotApplied.join(', ');
  return [
    verdictsOfRun === null
      ? `universe not point-in-time: ${names} not applied (nothing is stored to judge them by)`
      : `universe not point-in-time: ${names} not applied at ${percent(1 - verdictShare)} of the refreshes (no verdict is stored of them)`,
  ];
};
