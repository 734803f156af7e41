import { MINUTE_MS } from '../units.js';

/**
 * A series starts this long before the first wanted minute (semantics §2): 720 candles of 15
 * minutes.
 */
export const WARM_UP_MINUTES = 10_800;
/** `WARM_UP_MINUTES` in milliseconds. */
export const WARM_UP_MS = WARM_UP_MINUTES * MINUTE_MS;
