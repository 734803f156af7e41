import { defer, map, type OperatorFunction } from 'rxjs';
import type { Opportunity } from '../lib/portfolio/events.js';
import { settingsFor } from '../lib/settings/settings-for.js';
import type { Strategy } from '../lib/strategy/condition.js';
import { TapeMasks } from '../lib/strategy/masks.js';
import { StrategyEvaluator, type Failure } from '../lib/strategy/evaluator.js';
import { ExitEvaluator } from '../lib/strategy/exit-evaluator.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../lib/strategy/setup.js';
import type { Listing } from '../lib/universe/universe.js';
import type { EpochMs } from '../lib/units.js';
import type { UniverseTape } from './universe.js';

/** The candles to evaluate: those that open at or after `from` and before `to`. */
export interface Period {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** What a strategy decided on a tape. */
export interface StrategySignal {
  readonly setup: StrategySetup;
  /** For each cell the code of one of the strategy's decisions (`decisionsOf`). */
  readonly decision: Uint8Array;
  readonly opportunities: readonly Opportunity[];
  /** For each cell 1 if an exit of the strategy held on its candle; null without exits. */
  readonly exits: Uint8Array | null;
  /** Failures of the strategy's own code. */
  readonly failures: readonly Failure[];
}

/** A tape with the signals of its strategies; those of the first one are its own. */
export interface SignalTape extends UniverseTape, Omit<StrategySignal, 'setup'> {
  readonly signals: readonly StrategySignal[];
}

interface Evaluators {
  readonly entry: StrategyEvaluator;
  readonly exit: ExitEvaluator;
}

const evaluatorsOf = (
  strategy: Strategy,
  listings: readonly Listing[],
  others: readonly StrategyEvaluator[],
): Evaluators => ({
  entry: new StrategyEvaluator(strategy, listings, others),
  exit: new ExitEvaluator(strategy, listings, others),
});

const MOMENTUM_ALONE: readonly StrategySetup[] = [MOMENTUM_SETUP];

/**
 * Evaluates every strategy on every candle of the period, each under its own settings, and names the
 * first condition that failed, and the candles on which one of its exits held. A strategy keeps its
 * state from tape to tape for as long as it is the same, whatever happens to others; one that joins
 * them knows what they know of earlier candles.
 *
 *     tape      a---b--c--|
 *     signals   A---B--C--|    the decisions of each strategy
 */
export const strategies =
  (listings: readonly Listing[], { from, to }: Period): OperatorFunction<UniverseTape, SignalTape> =>
  tape$ =>
    defer(() => {
      let decided: readonly StrategySetup[] = [];
      let evaluators: readonly Evaluators[] = [];
      return tape$.pipe(
        map(tape => {
          const setups = tape.strategies ?? MOMENTUM_ALONE;
          if (setups !== decided) {
            const before = new Map(decided.map(({ name }, n) => [name, evaluators[n]!]));
            const others = evaluators.flatMap(({ entry, exit }) => [entry, ...exit.evaluators]);
            evaluators = setups.map(({ name, strategy }) => {
              const known = before.get(name);
              return known?.entry.strategy === strategy ? known : evaluatorsOf(strategy, listings, others);
            });
            decided = setups;
          }
          const masks = setups.length > 1 ? new TapeMasks(tape.cell.length, tape.markets) : undefined;
          const signals = setups.map((setup, n): StrategySignal => {
            const { entry, exit } = evaluators[n]!;
            const terms = settingsFor(tape.settings, setup.name);
            const { failures, ...entries } = entry.evaluate(tape, terms, from, to, masks);
            const signalled = exit.evaluate(tape, terms, from, to);
            return {
              setup,
              ...entries,
              exits: signalled?.exits ?? null,
              failures: signalled ? [...failures, ...signalled.failures] : failures,
            };
          });
          const { decision, opportunities, exits, failures } = signals[0]!;
          return { ...tape, signals, decision, opportunities, exits, failures };
        }),
      );
    });
