import type { Context } from '../cross-market/context.js';
import { ContextSet } from '../cross-market/set.js';
import { IndicatorSet } from '../indicators/set.js';
import type { Settings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import type { Listing } from '../universe/universe.js';
import { Verdict } from '../universe/verdict.js';
import { StrategyEvaluator, type Failure } from './evaluator.js';
import { ExitEvaluator } from './exit-evaluator.js';
import type { Judgement, Run } from './laws.js';
import type { StrategySetup } from './setup.js';

/** What a strategy is tried on. */
export interface Trial {
  readonly setup: StrategySetup;
  readonly settings: Settings;
  /** The listings of the markets of a tape, of which there are as many. */
  readonly listings: (markets: number) => readonly Listing[];
  /** How the markets relate to each other; only for strategies that read it. */
  readonly context: (markets: number) => Context;
  /** Reports failures of the strategy's own code. */
  readonly onFailure: (failure: Failure) => void;
}

/**
 * Runs a strategy over tapes without a portfolio, as if every market were tradable: indicators and
 * context as in the bot's graph, then its decisions.
 */
export const trialOf =
  ({ setup, settings, listings, context, onFailure }: Trial): Run =>
  (tapes: readonly Tape[]): Judgement => {
    const { markets } = tapes[0]!;
    const set = new IndicatorSet(settings.indicators, markets, undefined, setup.requested);
    const relations = setup.readsContext ? new ContextSet(context(markets)) : null;
    const evaluator = new StrategyEvaluator(setup.strategy, listings(markets));
    const exitEvaluator = new ExitEvaluator(setup.strategy, listings(markets));
    const minutes = tapes.reduce((sum, tape) => sum + tape.minutes, 0);
    const decision = new Uint8Array(minutes * markets);
    const score = new Float64Array(minutes * markets).fill(NaN);
    const exits = setup.strategy.exits ? new Uint8Array(minutes * markets) : null;
    const { start } = tapes[0]!;
    for (const tape of tapes) {
      const { columns: indicators, candles } = set.advance(tape);
      const withIndicators = { ...tape, indicators, candles };
      const judged = {
        ...withIndicators,
        ...(relations && { context: relations.advance(withIndicators) }),
        verdict: new Uint8Array(tape.cell.length).fill(Verdict.tradable),
      };
      const found = evaluator.evaluate(judged, settings, -Infinity, Infinity);
      const signalled = exitEvaluator.evaluate(judged, settings, -Infinity, Infinity);
      const offset = (tape.start - start) / MINUTE_MS;
      const join = (all: Uint8Array | null, part: Uint8Array | undefined) => {
        for (let market = 0; market < markets && all && part; market++)
          all.set(part.subarray(market * tape.minutes, (market + 1) * tape.minutes), market * minutes + offset);
      };
      join(decision, found.decision);
      join(exits, signalled?.exits);
      for (const opportunity of found.opportunities)
        score[opportunity.market * minutes + (opportunity.at - start) / MINUTE_MS] = opportunity.score;
      found.failures.forEach(onFailure);
      signalled?.failures.forEach(onFailure);
    }
    return { decision, score, exits };
  };
