import { MarketSnapshot } from '../../../../entities/market-snapshot.js';
import { bookFeatures } from '../../../exchange/book-features.js';
import type { BookLevel } from '../../../exchange/ports.js';
import type { Snapshot, SnapshotBook } from '../../../market-data/snapshots.js';
import { SNAPSHOT_LEVELS } from '../../../portfolio/stored-books.js';
import { insertRows } from '../bulk.js';
import type { Orm } from '../orm.js';
import { knownOf } from './scan.js';

type Level = Pick<BookLevel, 'price' | 'size'>;

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);

/** All columns of a book: the same for every row. */
const bookColumns = (book: SnapshotBook | null) => {
  const features = book && bookFeatures(book, book.asked);
  const levels = (side: readonly Level[]) =>
    side.slice(0, SNAPSHOT_LEVELS).map(({ price, size }) => [price, size] as const);
  return {
    orderBook: book && { bids: levels(book.bids), asks: levels(book.asks) },
    bookAt: book && new Date(book.at),
    bookSpread: features && features.spread,
    bookBidDepth10bp: features && features.bidDepth10bp,
    bookAskDepth10bp: features && features.askDepth10bp,
    bookBidDepth25bp: features && features.bidDepth25bp,
    bookAskDepth25bp: features && features.askDepth25bp,
    bookBidDepth50bp: features && features.bidDepth50bp,
    bookAskDepth50bp: features && features.askDepth50bp,
    bookImbalance: features && features.imbalance,
  };
};

/** Stores snapshots in one transaction; the first one of a market and moment stays. */
export const saveSnapshots = async (orm: Orm, snapshots: readonly Snapshot[]): Promise<void> => {
  const rows = snapshots.map(({ marketId, at, ohlcv, indicators, book, tradingVolume, sentiment, correlationBtc }) => ({
    cryptocurrencyId: marketId,
    timestamp: new Date(at),
    ohlcv: knownOf(ohlcv),
    indicators: knownOf(indicators),
    ...bookColumns(book),
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
