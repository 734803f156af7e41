import type { EpochMs } from '../units.js';
import { DEPTHS_BP } from './columns.js';

/** Price and size. */
type Level = readonly number[];

/** What a snapshot adds to the rows that follow it. */
export interface Snapshot {
  /** Lane of its market. */
  readonly market: number;
  readonly at: EpochMs;
  /** Best levels first; null where there was no usable book. */
  readonly book: { readonly bids: readonly Level[]; readonly asks: readonly Level[] } | null;
  readonly volume24hUsd: number | null;
  readonly sentiment: number | null;
  readonly correlationBtc: number | null;
}

/** What the side offers within a distance of the middle, in quote currency. */
const depth = (side: readonly Level[], middle: number, bp: number): number =>
  side.reduce(
    (sum, [price, size]) => (Math.abs(price! / middle - 1) <= bp / 1e4 + 1e-12 ? sum + price! * size! : sum),
    0,
  );

/** A snapshot's columns by name but for its age; those of the book only where there is one with two sides. */
export const snapshotValues = (snapshot: Snapshot): ReadonlyMap<string, number> => {
  const { at, book, volume24hUsd, sentiment, correlationBtc } = snapshot;
  const values = new Map([
    ['snapshot_at', at],
    ['volume_24h_usd', volume24hUsd ?? NaN],
    ['market_sentiment', sentiment ?? NaN],
    ['correlation_btc', correlationBtc ?? NaN],
  ]);
  const [bid, ask] = [book?.bids[0]?.[0], book?.asks[0]?.[0]];
  if (!book || bid === undefined || ask === undefined) return values;
  const middle = (bid + ask) / 2;
  values.set('book_spread_percentage', (100 * (ask - bid)) / middle);
  let [bids, asks] = [0, 0];
  for (const bp of DEPTHS_BP) {
    bids = depth(book.bids, middle, bp);
    asks = depth(book.asks, middle, bp);
    values.set(`book_bid_depth_${bp}bp`, bids);
    values.set(`book_ask_depth_${bp}bp`, asks);
  }
  if (bids + asks > 0) values.set('book_imbalance', (bids - asks) / (bids + asks)); // of the widest
  return values;
};
