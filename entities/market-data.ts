import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, instant, notNegativeDouble } from './columns.js';

/** Source of a candle. */
export const CANDLE_SOURCES = ['import', 'ohlc', 'trades', 'synthetic'] as const;

/**
 * One closed minute of one market, with its computed values and the decision on it. Partitioned by
 * month, so that old months are dropped as a whole; read and written in bulk by SQL, never entity
 * by entity.
 *
 * It has no foreign keys: checking them would cost a look-up per row in every import.
 */
export const MarketData = defineEntity({
  name: 'MarketData',
  tableName: 'market_data',
  checks: [
    {
      name: 'market_data_prices',
      expression: `low > 0::double precision AND high < 'Infinity'::double precision AND high >= GREATEST(open, close) AND low <= LEAST(open, close)`,
    },
    { name: 'market_data_volume', expression: notNegativeDouble('volume') },
    { name: 'market_data_vwap', expression: `vwap > 0::double precision AND vwap < 'Infinity'::double precision` },
    { name: 'market_data_trade_count', expression: 'trade_count >= 0' },
    {
      name: 'market_data_whole_minute',
      expression: `EXTRACT(second FROM "timestamp") = 0::numeric`,
    },
    { name: 'market_data_quiet', expression: 'NOT quiet OR volume = 0::double precision' },
  ],
  properties: {
    cryptocurrencyId: p.integer().primary(),
    /** Open time. */
    timestamp: instant().primary(),
    open: double(),
    high: double(),
    low: double(),
    close: double(),
    /** Base currency. */
    volume: double(),
    vwap: double().nullable(),
    tradeCount: p.integer().nullable(),
    /** No trades: flat at the previous close. */
    quiet: p.boolean().default(false),
    /** A jump not confirmed by the next candle. */
    suspect: p.boolean().default(false),
    source: p.enum([...CANDLE_SOURCES]),
    receivedAt: instant().defaultRaw('now()'),
    /** The first-seen values, if the exchange served others later. */
    firstSeen: p.json<Record<string, unknown>>().nullable(),
    revisedAt: instant().nullable(),
    indicators: p.json<Record<string, number | null>>().nullable(),
    /** The first condition of the main strategy that failed, or `opportunity`. */
    decision: p.text().nullable(),
    /** Those of the shadow strategies, by name; null without any. */
    shadowDecisions: p.json<Readonly<Record<string, string>>>().nullable(),
    /** The names of the strategies of which an exit held; null if none did. */
    exitSignals: p.json<readonly string[]>().nullable(),
    /** By the exchange's clock; null if nothing was decided, or before this was recorded. */
    decidedAt: instant().nullable(),
    configurationId: p.integer().nullable(),
    runId: p.integer().nullable(),
  },
});

/** A row of `market_data`. */
export type MarketData = InferEntity<typeof MarketData>;
