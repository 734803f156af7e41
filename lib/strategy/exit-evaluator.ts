import type { EpochMs } from '../units.js';
import type { Listing } from '../universe/universe.js';
import { Verdict } from '../universe/verdict.js';
import type { Strategy, StrategyTerms } from './condition.js';
import { decisionsOf } from './decisions.js';
import { StrategyEvaluator, type EvaluationTape, type Failure } from './evaluator.js';

/** The exit signals of a strategy on a tape. */
export interface ExitSignals {
  /** For each cell 1 if one of the strategy's exits holds on its candle, else 0. */
  readonly exits: Uint8Array;
  /** Failures of the strategy's own code. */
  readonly failures: readonly Failure[];
}

interface Exit {
  readonly evaluator: StrategyEvaluator;
  /** The code of the decision where it holds. */
  readonly holds: number;
}

/** Evaluates the exits of a strategy on tapes, with their state from tape to tape. */
export class ExitEvaluator {
  private readonly exits: readonly Exit[];
  private tradable = new Uint8Array(0);

  /** `others` are those of a run's strategies so far: see `StrategyEvaluator`. */
  constructor(
    { exits = [] }: Pick<Strategy, 'exits'>,
    listings: readonly Listing[],
    others: readonly StrategyEvaluator[] = [],
  ) {
    this.exits = exits.map(exit => ({
      evaluator: new StrategyEvaluator(exit, listings, others),
      holds: decisionsOf(exit).indexOf('opportunity'),
    }));
  }

  /** The evaluators of its exits. */
  get evaluators(): readonly StrategyEvaluator[] {
    return this.exits.map(({ evaluator }) => evaluator);
  }

  /**
   * Evaluates the candles that open at or after `from` and before `to`, of markets that are not
   * tradable as well: what is held has to be sold there too. Null for a strategy without exits.
   */
  evaluate(tape: EvaluationTape, terms: StrategyTerms, from: EpochMs, to: EpochMs): ExitSignals | null {
    if (this.exits.length === 0) return null;
    const { length } = tape.cell;
    if (this.tradable.length !== length) this.tradable = new Uint8Array(length).fill(Verdict.tradable);
    const everywhere = { ...tape, verdict: this.tradable };
    const exits = new Uint8Array(length);
    const failures: Failure[] = [];
    for (const { evaluator, holds } of this.exits) {
      const evaluation = evaluator.evaluate(everywhere, terms, from, to);
      evaluation.decision.forEach((code, cell) => {
        if (code === holds) exits[cell] = 1;
      });
      for (const failure of evaluation.failures) failures.push({ ...failure, isExit: true });
    }
    return { exits, failures };
  }
}
