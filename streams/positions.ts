import { defer, map, type OperatorFunction } from 'rxjs';
import type { CandleBroker, Settlement } from '../lib/portfolio/settle.js';
import type { Period, SignalTape } from './strategies.js';

/** A tape's changes to the portfolio. */
export interface PositionChange extends Settlement {
  readonly tape: SignalTape;
}

/**
 * Folds opportunities and prices into the portfolio that `opening` returns. One change per tape.
 */
export const holdPositions =
  (opening: () => CandleBroker, { from, to }: Period): OperatorFunction<SignalTape, PositionChange> =>
  tape$ =>
    defer(() => {
      const broker = opening();
      return tape$.pipe(map(tape => ({ ...broker.settle(tape, from, to, tape.settings), tape })));
    });
