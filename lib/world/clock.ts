import type { EpochMs } from '../units.js';

/**
 * The machine's clock. Market time never comes from here, but from the candles and the exchange.
 */
export const now = (): EpochMs => Date.now();

/** Milliseconds on a clock that never jumps, for measuring how long something took. */
export const elapsed = (): number => performance.now();
