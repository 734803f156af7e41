import { WARM_UP_MINUTES } from '../../indicators/warm-up.js';
import type { Tape } from '../../tape.js';
import { DAY_MS, MINUTE_MS } from '../../units.js';

/** Markets of the candles that a strategy is checked on. */
export interface CheckMarket {
  readonly name: 'generated' | 'stored';
  readonly symbols: readonly string[];
  /** By lane, where they are known. */
  readonly sectors: readonly (string | null)[];
  readonly tape: Tape;
}

/** A run is warm after this: a day more, since some indicators begin anew each day. */
export const WARM_MINUTES = WARM_UP_MINUTES + DAY_MS / MINUTE_MS;
