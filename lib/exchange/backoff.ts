import type { DurationMs, Ratio } from '../units.js';
import { MOST_ASKED_MS } from './failure.js';

/** How waits between tries grow. */
export interface BackoffRules {
  /** The most that the first wait may be. */
  readonly firstMs: DurationMs;
  readonly factor: number;
  /** The most that any wait may be. */
  readonly mostMs: DurationMs;
}

/**
 * Exponential backoff with full jitter: a wait drawn evenly from 0 to `firstMs · factor^tries`, at most `mostMs`. `tries`
 * counts the failed tries before this one, from 0; `chance` is from 0 up to 1. A wait that was asked for is added to, never
 * undercut, so that those who were refused together do not come back together.
 */
export const backoffMs = (
  tries: number,
  rules: BackoffRules,
  chance: Ratio,
  askedMs: DurationMs | null = null,
): DurationMs => (askedMs ?? 0) + chance * Math.min(rules.mostMs, rules.firstMs * rules.factor ** tries);

/** What a `Retry-After` header in seconds asks for, at most an hour; null without one, or where it is a date or nonsense. */
export const retryAfterMsOf = (header: unknown): DurationMs | null =>
  typeof header === 'string' && /^\s*\d{1,9}\s*$/.test(header) ? Math.min(Number(header) * 1_000, MOST_ASKED_MS) : null;
