import type { DurationMs, Ratio } from '../units.js';

/** Distribution of a quantity over minutes; null if there are none. */
export interface Spread<T extends number> {
  readonly median: T | null;
  readonly p99: T | null;
  readonly largest: T | null;
}

/** Differences between settled and first-seen values, of one market or of all. */
export interface Revisions {
  /** `all` for all of them together. */
  readonly symbol: string;
  /** Stored minutes first seen at the exchange; imported ones were final on arrival. */
  readonly minutes: number;
  readonly revised: number;
  /** Of `revised`: quiet when first seen, but traded in the end. */
  readonly appeared: number;
  /** `revised` of `minutes`; null where there are none. */
  readonly share: Ratio | null;
  /** |first seen − settled| / settled over revised minutes, including unchanged closes. */
  readonly close: Spread<Ratio>;
  /** As `close`; 1 where a minute appeared. */
  readonly volume: Spread<Ratio>;
  /** Time from a minute's end to its last revision; null for a simulated clock. */
  readonly afterMs: Spread<DurationMs> | null;
}
