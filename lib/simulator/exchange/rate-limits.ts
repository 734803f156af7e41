import type { DurationMs, EpochMs } from '../../units.js';

/** Requests allowed at once, and the time to earn another one. */
const BURST = 30;
const EARNED_EVERY: DurationMs = 1_000;
/** After this many refusals without a pause, the client is locked out. */
const PATIENCE = 20;
const LOCKOUT: DurationMs = 15 * 60_000;

interface Bucket {
  spare: number;
  at: EpochMs;
}

/** Kraken's limits on public requests, kept in market time, so that a fast clock allows more. */
export interface RateLimits {
  /**
   * Counts a request; null if it may pass, else its error. `scope` is limited: the client, or its
   * requests for one pair.
   */
  refusal(client: string, scope: string, at: EpochMs): string | null;
}

/**
 * About one request a second for each scope of a client; a client that ignores refusals is locked
 * out for 15 minutes.
 */
export const rateLimits = (): RateLimits => {
  const buckets = new Map<string, Bucket>();
  const refusals = new Map<string, Bucket>();
  const lockedUntil = new Map<string, EpochMs>();

  /** Takes one token from a bucket that refills over time; false if it is empty. */
  const take = (from: Map<string, Bucket>, key: string, at: EpochMs, most: number): boolean => {
    const bucket = from.get(key) ?? { spare: most, at };
    const earned = Math.max(0, at - bucket.at) / EARNED_EVERY;
    const spare = Math.min(most, bucket.spare + earned);
    from.set(key, { spare: spare < 1 ? spare : spare - 1, at });
    return spare >= 1;
  };

  return {
    refusal: (client, scope, at) => {
      if (at < (lockedUntil.get(client) ?? -Infinity)) return 'EGeneral:Temporary lockout';
      if (take(buckets, `${client} ${scope}`, at, BURST)) return null;
      if (take(refusals, client, at, PATIENCE)) return 'EGeneral:Too many requests';
      lockedUntil.set(client, at + LOCKOUT);
      refusals.delete(client);
      return 'EGeneral:Temporary lockout';
    },
  };
};
