import { DEPTHS_BP, type BookFeatures } from '../exchange/book-features.js';
import type { EpochMs } from '../units.js';

/** Values that a snapshot adds to the rows after it. */
export interface Snapshot {
  /** Lane of its market. */
  readonly market: number;
  readonly at: EpochMs;
  /** Measures of the order book and its time; null without a usable book. */
  readonly book: (BookFeatures & { readonly at: EpochMs }) | null;
  readonly volume24hUsd: number | null;
  readonly sentiment: number | null;
}

/** A snapshot's columns by name, except its age; book columns only if there is a book. */
export const snapshotValues = (snapshot: Snapshot): ReadonlyMap<string, number> => {
  const { at, book, volume24hUsd, sentiment } = snapshot;
  const values = new Map([
    ['snapshot_at', at],
    ['volume_24h_usd', volume24hUsd ?? NaN],
    ['market_sentiment', sentiment ?? NaN],
  ]);
  if (!book) return values;
  values.set('book_at', book.at);
  values.set('book_spread_percentage', 100 * book.spread);
  for (const bp of DEPTHS_BP) {
    values.set(`book_bid_depth_${bp}bp`, book[`bidDepth${bp}bp`] ?? NaN);
    values.set(`book_ask_depth_${bp}bp`, book[`askDepth${bp}bp`] ?? NaN);
  }
  values.set('book_imbalance', book.imbalance ?? NaN);
  return values;
};
