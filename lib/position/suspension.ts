import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';

/** A held market that could not be traded for so long, without a look to the contrary, is given up. */
export const GONE_MS: DurationMs = 15 * MINUTE_MS;
/** So many looks at least have to say so. */
export const FEWEST_LOOKS = 3;

/** Which of the held markets, by symbol, cannot be traded, and since when (semantics §5). */
export class Suspensions {
  private readonly doubts = new Map<string, { readonly since: EpochMs; readonly looks: number }>();

  /** Takes what a look said of a market; tells when it is suspended, and when it is no more. A look that says nothing is not taken. */
  look(symbol: string, canTrade: boolean, now: EpochMs): 'suspended' | 'resumed' | null {
    const doubt = this.doubts.get(symbol);
    if (canTrade) return this.doubts.delete(symbol) ? 'resumed' : null;
    this.doubts.set(symbol, { since: doubt?.since ?? now, looks: (doubt?.looks ?? 0) + 1 });
    return doubt ? null : 'suspended';
  }

  /** Since when a market cannot be traded; null where it can. */
  since(symbol: string): EpochMs | null {
    return this.doubts.get(symbol)?.since ?? null;
  }

  /** Whether a market is to be given up. */
  isGone(symbol: string, now: EpochMs): boolean {
    const doubt = this.doubts.get(symbol);
    return doubt !== undefined && doubt.looks >= FEWEST_LOOKS && now - doubt.since >= GONE_MS;
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
