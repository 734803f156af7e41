import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, id, instant, notNegativeDouble } from './columns.js';
import { Cryptocurrency } from './cryptocurrency.js';

/** What was known of a market at a moment: candle, indicators and order book together. */
export const MarketSnapshot = defineEntity({
  name: 'MarketSnapshot',
  tableName: 'market_snapshot',
  uniques: [{ name: 'market_snapshot_once', properties: ['cryptocurrencyId', 'timestamp'] }],
  indexes: [{ name: 'market_snapshot_timestamp_index', properties: ['timestamp'] }],
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
  ],
  properties: {
    id: id(),
    cryptocurrencyId: p
      .manyToOne(Cryptocurrency)
      .mapToPk()
      .fieldName('cryptocurrency_id')
      .deleteRule('no action')
      .updateRule('no action'),
    timestamp: instant(),
    ohlcv: p.json<Readonly<Record<string, number | null>>>(),
    indicators: p.json<Readonly<Record<string, number | null>>>().nullable(),
    orderBook: p
      .json<{ readonly bids: readonly (readonly number[])[]; readonly asks: readonly (readonly number[])[] }>()
      .nullable(),
    /** USD over 24 hours. */
    tradingVolume: double().nullable(),
    /** Share of the markets that rise, scaled to −1…1. */
    marketSentiment: double().nullable(),
    correlationBtc: double().nullable(),
  },
});

export type MarketSnapshot = InferEntity<typeof MarketSnapshot>;
