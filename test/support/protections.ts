import type { ProtectionSettings } from '../../lib/portfolio/protection-catalogue.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';

/** All of them off, as by default. */
export const unprotected: ProtectionSettings = {
  stopGuard: { stops: null, withinMs: 120 * MINUTE_MS, pauseMs: 120 * MINUTE_MS, perMarket: false },
  maxDrawdown: { depth: null, withinMs: 24 * HOUR_MS, pauseMs: 12 * HOUR_MS },
  dailyLossLimit: { loss: null },
  lowProfitMarket: { trades: null, withinMs: 24 * HOUR_MS, minimum: 0, pauseMs: 12 * HOUR_MS },
};
