import { map, type OperatorFunction } from 'rxjs';
import { withStopValues } from '../lib/portfolio/stop-values.js';
import { settingsFor } from '../lib/settings/settings-for.js';
import type { SignalTape } from './strategies.js';

/** Adds to each opportunity the values of its candle that the first stop of a trade reads. */
export const stopValues = (): OperatorFunction<SignalTape, SignalTape> =>
  map(tape => {
    const signals = tape.signals.map(signal => {
      const settings = settingsFor(tape.settings, signal.setup.name);
      const opportunities = withStopValues(tape, signal.opportunities, settings);
      return opportunities === signal.opportunities ? signal : { ...signal, opportunities };
    });
    if (signals.every((signal, n) => signal === tape.signals[n])) return tape;
    return { ...tape, signals, opportunities: signals[0]!.opportunities };
  });
