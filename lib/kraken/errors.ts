import { MAX_ASKED_MS, type ErrorTexts } from '../exchange/failure.js';
import type { DurationMs, EpochMs } from '../units.js';

/**
 * The time left until the moment that `EService: Throttled: <unix time>` names; null if it names
 * none in the future.
 */
const throttledForMs = (text: string, now: EpochMs): DurationMs | null => {
  const until = Number(/EService:\s*Throttled:\s*(\d{9,11}(?:\.\d{1,9})?)/.exec(text)?.[1]) * 1_000;
  return until > now ? Math.min(until - now, MAX_ASKED_MS) : null;
};

/** Kraken's error texts for which ccxt has no class of their own. */
export const KRAKEN_ERRORS: ErrorTexts = {
  texts: {
    lockout: /temporary lockout/i,
    rate_limit: /EService:\s*Throttled/i,
    market: /EQuery:(Unknown|Invalid) asset|EService:Market in/,
    configuration: /EGeneral:Unknown method/,
  },
  retryAfterMs: throttledForMs,
};
