import { defer, map, withLatestFrom, type Observable, type OperatorFunction } from 'rxjs';
import { Universe, type UniverseData, type LiveInputs, type Listing } from '../lib/universe/universe.js';
import type { RuleVerdict } from '../lib/universe/verdict.js';
import type { ContextTape } from './context.js';

/** A tape with the verdict on each of its cells. */
export interface UniverseTape extends ContextTape {
  /** One of `Verdict` for each cell. */
  readonly verdict: Uint8Array;
  /**
   * The result of every rule at the refreshes of this tape; only if requested, or if more than
   * candles is known.
   */
  readonly verdicts?: readonly RuleVerdict[];
}

/**
 * Adds each cell's verdict: tradable, or the first rule that its market fails. Thresholds may
 * change; other refresh times restart the stage. Live, the data besides candles that are known when
 * a tape arrives are pinned to it, as settings are.
 *
 *     known      k------l-----
 *     tape       -a--b-----c--|
 *     judged     -k--k-----l--|
 */
export const withUniverse =
  (
    listings: readonly Listing[],
    knowledge: Omit<UniverseData, 'known'> = {},
    known$?: Observable<LiveInputs>,
  ): OperatorFunction<ContextTape, UniverseTape> =>
  tape$ =>
    defer(() => {
      let universe: Universe | undefined;
      let refreshMs = NaN;
      const judged = (tape: ContextTape, known?: LiveInputs): UniverseTape => {
        const { filtering, portfolio } = tape.settings;
        if (!universe || filtering.refreshMs !== refreshMs) {
          refreshMs = filtering.refreshMs;
          universe = new Universe(listings, refreshMs, portfolio.currency, known ? { ...knowledge, known } : knowledge);
        }
        const verdict = universe.advance(tape, filtering, known);
        return known || knowledge.reportsVerdicts
          ? { ...tape, verdict, verdicts: universe.drainVerdicts() }
          : { ...tape, verdict };
      };
      return known$
        ? tape$.pipe(
            withLatestFrom(known$),
            map(([tape, known]) => judged(tape, known)),
          )
        : tape$.pipe(map(tape => judged(tape)));
    });
