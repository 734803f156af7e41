import { defer, map, type OperatorFunction } from 'rxjs';
import { Universe, type Knowledge, type Listing } from '../lib/universe/universe.js';
import type { RuleVerdict } from '../lib/universe/verdict.js';
import type { ContextTape } from './context.js';

export interface UniverseTape extends ContextTape {
  /** One of `Verdict` for each cell. */
  readonly verdict: Uint8Array;
  /** What every rule said at the refreshes that this tape brought; only where that is asked for, or more is known than candles tell. */
  readonly verdicts?: readonly RuleVerdict[];
}

/** Adds each cell's verdict: tradable, or the first rule that its market fails. Thresholds may change; other refresh times start anew. */
export const withUniverse =
  (listings: readonly Listing[], knowledge: Knowledge = {}): OperatorFunction<ContextTape, UniverseTape> =>
  tape$ =>
    defer(() => {
      let universe: Universe | undefined;
      let refreshMs = NaN;
      return tape$.pipe(
        map(tape => {
          const { filtering, portfolio } = tape.settings;
          if (!universe || filtering.refreshMs !== refreshMs) {
            refreshMs = filtering.refreshMs;
            universe = new Universe(listings, refreshMs, portfolio.currency, knowledge);
          }
          const verdict = universe.advance(tape, filtering);
          return knowledge.known || knowledge.tells
            ? { ...tape, verdict, verdicts: universe.takeVerdicts() }
            : { ...tape, verdict };
        }),
      );
    });
