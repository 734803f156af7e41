import { RULES, type RuleName } from '../universe/catalogue.js';
import type { Strategy } from '../strategy/condition.js';
import { Decision, decisionsOf } from '../strategy/decisions.js';
import { MOMENTUM } from '../strategy/momentum.js';
import { Verdict } from '../universe/verdict.js';

/** Why a market was not tradable: the first rule that failed, or no verdict yet. */
export type NotTradableReason = RuleName | 'not_judged';

/** Candles of one market or of all by decision. Each candle of the period counts once. */
export interface DecisionCounts {
  /** By the strategy's decisions, without `outside`. */
  readonly decisions: Readonly<Partial<Record<string, number>>>;
  /** The parts of `decisions.not_tradable`. */
  readonly notTradable: Readonly<Partial<Record<NotTradableReason, number>>>;
}

/** Output of a stage: per cell of a tape, the code of a decision and one of `Verdict`. */
export interface Decided {
  readonly minutes: number;
  readonly markets: number;
  readonly decision: Uint8Array;
  readonly verdict: Uint8Array;
}

/** Counts the decisions of a strategy, market by market. */
export class DecisionTally {
  private readonly names: readonly string[];
  /** Counts of a market: one for each decision and each verdict. */
  private readonly width: number;
  private readonly decisions: Float64Array;
  private readonly verdicts: Float64Array;

  constructor(markets: number, strategy: Strategy = MOMENTUM) {
    this.names = decisionsOf(strategy);
    this.width = Math.max(this.names.length, Verdict.firstRule + RULES.length);
    this.decisions = new Float64Array(markets * this.width);
    this.verdicts = new Float64Array(markets * this.width);
  }

  /** Adds the next tape. */
  add({ minutes, markets, decision, verdict }: Decided): void {
    const { decisions, verdicts, width } = this;
    const { notTradable } = Decision;
    for (let market = 0, cell = 0; market < markets; market++) {
      const row = market * width;
      for (const end = cell + minutes; cell < end; cell++) {
        const code = decision[cell]!;
        decisions[row + code]!++;
        if (code === notTradable) verdicts[row + verdict[cell]!]!++;
      }
    }
  }

  /** The counts of one market. */
  of(market: number): DecisionCounts {
    const row = market * this.width;
    const positive = <Name extends string>(pairs: readonly (readonly [Name, number])[]) =>
      Object.fromEntries(pairs.filter(([, count]) => count > 0)) as Partial<Record<Name, number>>;
    return {
      decisions: positive(
        this.names.map((name, code) => [name, code === Decision.outside ? 0 : this.decisions[row + code]!] as const),
      ),
      notTradable: positive<NotTradableReason>([
        ['not_judged', this.verdicts[row + Verdict.notJudged]!],
        ...RULES.map((name, i) => [name, this.verdicts[row + Verdict.firstRule + i]!] as const),
      ]),
    };
  }
}

const merged = <Name extends string>(counts: readonly Readonly<Partial<Record<Name, number>>>[]) => {
  const sums: Partial<Record<Name, number>> = {};
  for (const part of counts)
    for (const name of Object.keys(part) as Name[]) sums[name] = (sums[name] ?? 0) + (part[name] ?? 0);
  return sums;
};

/** The counts of several markets together. */
export const together = (counts: readonly DecisionCounts[]): DecisionCounts => ({
  decisions: merged(counts.map(({ decisions }) => decisions)),
  notTradable: merged(counts.map(({ notTradable }) => notTradable)),
});

/** All candles of the period. */
export const candlesIn = ({ decisions }: DecisionCounts): number =>
  Object.values(decisions).reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** Number of candles on which the strategy was evaluated. */
export const evaluatedIn = ({ decisions }: DecisionCounts, { conditions }: Pick<Strategy, 'conditions'>): number =>
  conditions.reduce((sum, { name }) => sum + (decisions[name] ?? 0), decisions['opportunity'] ?? 0);
