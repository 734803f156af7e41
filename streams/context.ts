import { defer, map, type OperatorFunction } from 'rxjs';
import type { ContextColumns } from '../lib/cross-market/columns.js';
import type { Context } from '../lib/cross-market/context.js';
import { ContextSet } from '../lib/cross-market/set.js';
import type { IndicatorTape } from './indicators.js';

/** A tape with its context columns. */
export interface ContextTape extends IndicatorTape {
  /** Only if requested. */
  readonly context?: ContextColumns;
}

/**
 * Adds the context columns: each candle in relation to its own past and to the other markets. They
 * depend on no setting. Without a context nothing is added. With `reuse` the columns of a tape are
 * overwritten by those of the next, for a consumer that has finished with it by then.
 *
 *     tape      a--b--c--|
 *     context   A--B--C--|
 */
export const withContext =
  (context: Context | undefined, reuse = false): OperatorFunction<IndicatorTape, ContextTape> =>
  tape$ =>
    defer(() => {
      if (!context) return tape$;
      const set = new ContextSet(context);
      let spent: ContextColumns | undefined;
      return tape$.pipe(
        map(tape => {
          const columns = set.advance(tape, spent);
          if (reuse) spent = columns;
          return { ...tape, context: columns };
        }),
      );
    });
