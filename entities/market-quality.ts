import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, instant } from './columns.js';
import { marketId } from './references.js';

/**
 * Quality of the stored minutes of a market and UTC day, kept after the minutes themselves were
 * dropped.
 */
export const MarketQuality = defineEntity({
  name: 'MarketQuality',
  tableName: 'market_quality',
  checks: [
    {
      name: 'market_quality_whole_day',
      expression: `(EXTRACT(epoch FROM day) % 86400::numeric) = 0::numeric`,
    },
    {
      name: 'market_quality_counts',
      expression: `present > 0 AND present <= 1440 AND LEAST(quiet, suspect, revised, filled, decided, COALESCE(unconfirmed, 0), COALESCE(late, 0)) >= 0 AND GREATEST(quiet, suspect, revised, filled, decided, COALESCE(unconfirmed, 0), COALESCE(late, 0)) <= present`,
    },
  ],
  properties: {
    cryptocurrencyId: marketId().primary(),
    /** 00:00 UTC. */
    day: instant().primary(),
    /** Open times of the first and the last stored minute. */
    firstAt: instant(),
    lastAt: instant(),
    /** Minutes. */
    present: p.integer(),
    quiet: p.integer(),
    suspect: p.integer(),
    revised: p.integer(),
    /** Built from trades. */
    filled: p.integer(),
    /** Null if a simulated clock diverged from ours. */
    late: p.integer().nullable(),
    decided: p.integer(),
    /** From a candle's close to the decision on it; null if nothing was decided. */
    lagMedianMs: double().nullable(),
    lagP99Ms: double().fieldName('lag_p99_ms').nullable(),
    /**
     * From the exchange's candles and not confirmed by a later answer; null if that was not
     * recorded.
     */
    unconfirmed: p.integer().nullable(),
  },
});

/** A row of `market_quality`. */
export type MarketQuality = InferEntity<typeof MarketQuality>;
