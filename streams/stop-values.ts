import { map, type OperatorFunction } from 'rxjs';
import { withStopValues } from '../lib/portfolio/stop-values.js';
import type { SignalTape } from './strategies.js';

/** Adds to each opportunity the values of its candle that the first stop of a trade reads. */
export const stopValues = (): OperatorFunction<SignalTape, SignalTape> =>
  map(tape => {
    const opportunities = withStopValues(tape);
    return opportunities === tape.opportunities ? tape : { ...tape, opportunities };
  });
