import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { DEPTHS_BP } from '../lib/exchange/book-features.js';
import { double, id, instant, notNegativeDouble, positiveDouble } from './columns.js';
import { marketId } from './references.js';

const DEPTHS = DEPTHS_BP.flatMap(bp => [`book_bid_depth_${bp}bp`, `book_ask_depth_${bp}bp`]);

const depth = (name: string) => double().nullable().fieldName(name);

/** Snapshot of a market at a moment: candle, indicators and order book together. */
export const MarketSnapshot = defineEntity({
  name: 'MarketSnapshot',
  tableName: 'market_snapshot',
  uniques: [{ name: 'market_snapshot_once', properties: ['cryptocurrencyId', 'timestamp'] }],
  indexes: [
    { name: 'market_snapshot_timestamp_index', properties: ['timestamp'] },
    {
      name: 'market_snapshot_book_at_index',
      properties: ['bookAt'],
      expression: 'create index market_snapshot_book_at_index on market_snapshot (book_at) where book_at is not null',
    },
  ],
  checks: [
    { name: 'market_snapshot_trading_volume', expression: notNegativeDouble('trading_volume') },
    {
      name: 'market_snapshot_sentiment',
      expression: `market_sentiment >= '-1'::integer::double precision AND market_sentiment <= 1::double precision`,
    },
    {
      name: 'market_snapshot_correlation',
      expression: `correlation_btc >= '-1'::integer::double precision AND correlation_btc <= 1::double precision`,
    },
    {
      name: 'market_snapshot_book',
      expression: `order_book IS NOT NULL OR num_nonnulls(book_at, book_spread, ${DEPTHS.join(', ')}, book_imbalance) = 0`,
    },
    { name: 'market_snapshot_book_at', expression: 'book_at <= "timestamp"' },
    { name: 'market_snapshot_book_spread', expression: positiveDouble('book_spread') },
    { name: 'market_snapshot_book_depths', expression: notNegativeDouble(...DEPTHS) },
    {
      name: 'market_snapshot_book_imbalance',
      expression: `book_imbalance >= '-1'::integer::double precision AND book_imbalance <= 1::double precision`,
    },
  ],
  properties: {
    id: id(),
    cryptocurrencyId: marketId(),
    timestamp: instant(),
    ohlcv: p.json<Readonly<Record<string, number | null>>>(),
    indicators: p.json<Readonly<Record<string, number | null>>>().nullable(),
    orderBook: p
      .json<{ readonly bids: readonly (readonly number[])[]; readonly asks: readonly (readonly number[])[] }>()
      .nullable(),
    /** Arrival time of the book. */
    bookAt: instant().nullable(),
    /** (ask − bid) / middle: a ratio. */
    bookSpread: double().nullable(),
    /**
     * Depth within this many basis points of the middle, in quote currency; null if the received
     * levels do not reach that far.
     */
    bookBidDepth10bp: depth('book_bid_depth_10bp'),
    bookAskDepth10bp: depth('book_ask_depth_10bp'),
    bookBidDepth25bp: depth('book_bid_depth_25bp'),
    bookAskDepth25bp: depth('book_ask_depth_25bp'),
    bookBidDepth50bp: depth('book_bid_depth_50bp'),
    bookAskDepth50bp: depth('book_ask_depth_50bp'),
    /** (bids − asks) / (bids + asks) of the depth within 25 basis points: −1…1. */
    bookImbalance: double().nullable(),
    /** USD over 24 hours. */
    tradingVolume: double().nullable(),
    /** Share of the rising markets, scaled to −1…1. */
    marketSentiment: double().nullable(),
    correlationBtc: double().nullable(),
  },
});

/** A row of `market_snapshot`. */
export type MarketSnapshot = InferEntity<typeof MarketSnapshot>;
