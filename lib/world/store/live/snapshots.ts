import { MarketSnapshot } from '../../../../entities/market-snapshot.js';
import type { EpochMs, Money, Price, Ratio, SizeBase } from '../../../units.js';
import { insertRows } from '../bulk.js';
import type { Orm } from '../orm.js';
import { knownOf } from './scan.js';

/** One level of an order book. */
export type SnapshotLevel = readonly [price: Price, size: SizeBase];

/** What is known of a market at a moment. */
export interface Snapshot {
  readonly marketId: number;
  readonly at: EpochMs;
  /** open, high, low, close, volume … of its last candle; what is not finite is left out. */
  readonly ohlcv: Readonly<Record<string, number>>;
  /** By indicator key; what is not finite is left out. */
  readonly indicators: Readonly<Record<string, number>>;
  /** Best levels first; null where there is no usable book. */
  readonly book: { readonly bids: readonly SnapshotLevel[]; readonly asks: readonly SnapshotLevel[] } | null;
  /** USD over 24 hours. */
  readonly tradingVolume: Money | null;
  /** −1…1 */
  readonly sentiment: Ratio | null;
  /** −1…1 */
  readonly correlationBtc: Ratio | null;
}

/** Levels of each side that are kept. */
const DEPTH = 20;

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** Stores snapshots in one transaction; of a market and moment the first one stays. */
export const saveSnapshots = async (orm: Orm, snapshots: readonly Snapshot[]): Promise<void> => {
  const rows = snapshots.map(({ marketId, at, ohlcv, indicators, book, tradingVolume, sentiment, correlationBtc }) => ({
    cryptocurrencyId: marketId,
    timestamp: new Date(at),
    ohlcv: knownOf(ohlcv),
    indicators: knownOf(indicators),
    orderBook: book && { bids: book.bids.slice(0, DEPTH), asks: book.asks.slice(0, DEPTH) },
    tradingVolume: finite(tradingVolume),
    marketSentiment: finite(sentiment),
    correlationBtc: finite(correlationBtc),
  }));
  if (rows.length === 0) return;
  await orm.em
    .fork()
    .transactional(em =>
      insertRows(em, MarketSnapshot, rows, 'on conflict (cryptocurrency_id, "timestamp") do nothing'),
    );
};
