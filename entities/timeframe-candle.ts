import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, instant, notNegativeDouble } from './columns.js';
import { marketId } from './references.js';

/**
 * One closed candle of a higher timeframe as the exchange returned it. A live bot stores those from
 * before its 1-minute candles, so that a replay of these has the same history as the bot had.
 */
export const TimeframeCandle = defineEntity({
  name: 'TimeframeCandle',
  tableName: 'timeframe_candle',
  checks: [
    { name: 'timeframe_candle_minutes', expression: 'minutes > 1' },
    {
      name: 'timeframe_candle_aligned',
      expression: `(EXTRACT(epoch FROM "timestamp") % (minutes * 60)::numeric) = 0::numeric`,
    },
    {
      name: 'timeframe_candle_prices',
      expression: `low > 0::double precision AND high < 'Infinity'::double precision AND high >= GREATEST(open, close) AND low <= LEAST(open, close)`,
    },
    { name: 'timeframe_candle_volume', expression: notNegativeDouble('volume') },
  ],
  properties: {
    cryptocurrencyId: marketId().primary(),
    /** The timeframe. */
    minutes: p.integer().primary(),
    /** Open time, a whole multiple of the timeframe since the epoch. */
    timestamp: instant().primary(),
    open: double(),
    high: double(),
    low: double(),
    close: double(),
    /** Base currency. */
    volume: double(),
  },
});

/** A row of `timeframe_candle`. */
export type TimeframeCandle = InferEntity<typeof TimeframeCandle>;
