import { defer, map, type OperatorFunction } from 'rxjs';
import type { Opportunity } from '../lib/portfolio/events.js';
import { StrategyEvaluator } from '../lib/strategy/evaluator.js';
import { MOMENTUM } from '../lib/strategy/momentum.js';
import type { Listing } from '../lib/universe/universe.js';
import type { EpochMs } from '../lib/units.js';
import type { UniverseTape } from './universe.js';

/** The candles to evaluate: those that open at or after `from` and before `to`. */
export interface Period {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

export interface SignalTape extends UniverseTape {
  /** One of `Decision` for each cell. */
  readonly decision: Uint8Array;
  readonly opportunities: readonly Opportunity[];
}

/**
 * Evaluates the strategy on every candle of the period and names the first condition that failed.
 */
export const momentum =
  (listings: readonly Listing[], { from, to }: Period): OperatorFunction<UniverseTape, SignalTape> =>
  tape$ =>
    defer(() => {
      const strategy = new StrategyEvaluator(MOMENTUM, listings);
      return tape$.pipe(map(tape => ({ ...tape, ...strategy.evaluate(tape, tape.settings, from, to) })));
    });
