import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** A held market is given up once no check has found it tradable for this long. */
export const GONE_MS: DurationMs = 15 * MINUTE_MS;
/** The minimum number of checks before that. */
export const MIN_LOOKS = 3;

/** The held markets that cannot be traded, by symbol, and since when (semantics §5). */
export class Suspensions {
  private readonly doubts = new Map<string, { readonly since: EpochMs; readonly looks: number }>();

  /**
   * Records a check of a market and returns the change of state it causes. Inconclusive checks must
   * not be recorded.
   */
  look(symbol: string, canTrade: boolean, now: EpochMs): 'suspended' | 'resumed' | null {
    const doubt = this.doubts.get(symbol);
    if (canTrade) return this.doubts.delete(symbol) ? 'resumed' : null;
    this.doubts.set(symbol, { since: doubt?.since ?? now, looks: (doubt?.looks ?? 0) + 1 });
    return doubt ? null : 'suspended';
  }

  /** Since when a market cannot be traded; null if it can. */
  since(symbol: string): EpochMs | null {
    return this.doubts.get(symbol)?.since ?? null;
  }

  /** Whether a market should be given up. */
  isGone(symbol: string, now: EpochMs): boolean {
    const doubt = this.doubts.get(symbol);
    return doubt !== undefined && doubt.looks >= MIN_LOOKS && now - doubt.since >= GONE_MS;
  }

  /** Forgets all markets but these. */
  keep(held: readonly string[]): void {
    for (const symbol of this.doubts.keys()) if (!held.includes(symbol)) this.doubts.delete(symbol);
  }

  /** Whether any market is suspended. */
  get any(): boolean {
    return this.doubts.size > 0;
  }
}
