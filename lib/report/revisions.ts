import type { DurationMs, Ratio } from '../units.js';

/** How a quantity is spread over some minutes; null where there are none. */
export interface Spread<T extends number> {
  readonly median: T | null;
  readonly p99: T | null;
  readonly largest: T | null;
}

/** How what the exchange settled on differs from what a live bot or a download saw first, of one market or of all. */
export interface Revisions {
  /** `all` for all of them together. */
  readonly symbol: string;
  /** Stored minutes that were first seen at the exchange; imported ones were settled when they came. */
  readonly minutes: number;
  readonly revised: number;
  /** Of `revised`: without a trade when they were first seen, and traded after all. */
  readonly appeared: number;
  /** `revised` of `minutes`; null where there are none. */
  readonly share: Ratio | null;
  /** |first seen − settled| / settled over the revised minutes, those whose close stayed the same included. */
  readonly close: Spread<Ratio>;
  /** As `close`; 1 where a minute appeared. */
  readonly volume: Spread<Ratio>;
  /** From a minute's end to its last revision; null where a simulated clock ran apart from ours. */
  readonly afterMs: Spread<DurationMs> | null;
}
