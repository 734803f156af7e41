import { defer, map, type OperatorFunction } from 'rxjs';
import { Universe, type Listing } from '../lib/universe/universe.js';
import type { IndicatorTape } from './indicators.js';

export interface UniverseTape extends IndicatorTape {
  /** One of `Verdict` for each cell. */
  readonly verdict: Uint8Array;
}

/** Adds each cell's verdict: tradable, or the first rule that its market fails. Thresholds may change; other refresh times start anew. */
export const withUniverse =
  (listings: readonly Listing[]): OperatorFunction<IndicatorTape, UniverseTape> =>
  tape$ =>
    defer(() => {
      let universe: Universe | undefined;
      let refreshMs = NaN;
      return tape$.pipe(
        map(tape => {
          const { filtering, portfolio } = tape.settings;
          if (!universe || filtering.refreshMs !== refreshMs) {
            refreshMs = filtering.refreshMs;
            universe = new Universe(listings, refreshMs, portfolio.currency);
          }
          return { ...tape, verdict: universe.advance(tape, filtering) };
        }),
      );
    });
