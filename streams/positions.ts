import { defer, map, type OperatorFunction } from 'rxjs';
import type { CandleBroker, Settlement } from '../lib/position/settle.js';
import type { Period, SignalTape } from './momentum.js';

/** What a tape did to the portfolio. */
export interface PositionChange extends Settlement {
  readonly tape: SignalTape;
}

/** Folds opportunities and prices into the portfolio that `opening` gives. One change a tape. */
export const holdPositions =
  (opening: () => CandleBroker, { from, to }: Period): OperatorFunction<SignalTape, PositionChange> =>
  tape$ =>
    defer(() => {
      const broker = opening();
      return tape$.pipe(map(tape => ({ ...broker.settle(tape, from, to, tape.settings), tape })));
    });
