import type { DurationMs, Ratio } from '../units.js';
import { MAX_ASKED_MS } from './failure.js';

/** How the waits between retries grow. */
export interface BackoffRules {
  /** Upper bound of the first wait. */
  readonly firstMs: DurationMs;
  readonly factor: number;
  /** Upper bound of any wait. */
  readonly maxMs: DurationMs;
}

/**
 * Exponential backoff with full jitter: a wait drawn uniformly from 0 to `firstMs · factor^tries`,
 * at most `maxMs`. `tries` counts the failed attempts before this one, from 0; `chance` is from 0
 * up to 1. A wait that the exchange requests (`askedMs`) is a lower bound that jitter is added to,
 * so that callers refused together do not return together.
 */
export const backoffMs = (
  tries: number,
  rules: BackoffRules,
  chance: Ratio,
  askedMs: DurationMs | null = null,
): DurationMs => (askedMs ?? 0) + chance * Math.min(rules.maxMs, rules.firstMs * rules.factor ** tries);

/**
 * The wait of a `Retry-After` header in seconds, at most an hour; null if it is missing, a date or
 * invalid.
 */
export const retryAfterMsOf = (header: unknown): DurationMs | null =>
  typeof header === 'string' && /^\s*\d{1,9}\s*$/.test(header) ? Math.min(Number(header) * 1_000, MAX_ASKED_MS) : null;
