import { map, type Observable } from 'rxjs';
import type { ContextColumns } from '../lib/cross-market/columns.js';
import type { Context } from '../lib/cross-market/context.js';
import type { Tape } from '../lib/tape.js';
import type { GraphInputs } from './bot.js';
import type { SignalTape } from './strategies.js';
import { withSignals } from './with-signals.js';

/** A tape as it was when it was decided on, with attached data. */
export interface Seen {
  readonly seen: Tape;
}

/**
 * Runs tapes through the scanner's graph and emits each with the decisions on it. A tape's columns
 * are valid until the next one.
 *
 *     tapes     a--b--c--|
 *     decided   A--B--C--|
 */
export const decided = <T extends Seen>(
  tape$: Observable<T>,
  world: Omit<GraphInputs, 'opening' | 'tape$' | 'passing'> & { readonly context: Context },
): Observable<T & { readonly signal: SignalTape & { readonly context: ContextColumns } }> =>
  withSignals(tape$, ({ seen }) => seen, { ...world, passing: true }).pipe(
    map(([tape, signal]) => ({ ...tape, signal: { ...signal, context: signal.context! } })),
  );
