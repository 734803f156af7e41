import { backoffMs, type BackoffRules } from '../exchange/backoff.js';
import type { DurationMs, Ratio } from '../units.js';

/** When a process that ended is restarted. */
export interface RestartRules {
  readonly backoff: BackoffRules;
  /** A process that has run this long was healthy: its next end counts as the first failure. */
  readonly healthyMs: DurationMs;
  /** After this many failures in a row it is restarted at most every `crawlMs`. */
  readonly quickFailures: number;
  readonly crawlMs: DurationMs;
}

/** The rules of both processes of a live run. */
export const RESTART_RULES: RestartRules = {
  backoff: { firstMs: 500, factor: 2, maxMs: 15_000 },
  healthyMs: 60_000,
  quickFailures: 5,
  crawlMs: 30_000,
};

/**
 * The wait after the n-th failure in a row (`failures`, from 1): exponential backoff with full
 * jitter at first, then from `crawlMs` to one and a half times that while it keeps failing.
 * `chance` is from 0 up to 1.
 */
export const restartWaitMs = (failures: number, rules: RestartRules, chance: Ratio): DurationMs =>
  failures < rules.quickFailures ? backoffMs(failures - 1, rules.backoff, chance) : rules.crawlMs * (1 + chance / 2);
