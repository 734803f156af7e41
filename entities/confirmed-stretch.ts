import { type InferEntity, defineEntity } from '@mikro-orm/core';
import { instant } from './columns.js';
import { marketId } from './references.js';

/**
 * A stretch of a market's stored minutes, `from_at` ≤ t < `until_at`, that the exchange returned
 * again unchanged an hour or more after their close. The last one grows with each comparison, so
 * that a market has one row per interruption.
 */
export const ConfirmedStretch = defineEntity({
  name: 'ConfirmedStretch',
  tableName: 'confirmed_stretch',
  checks: [
    { name: 'confirmed_stretch_order', expression: 'from_at < until_at' },
    {
      name: 'confirmed_stretch_whole_minutes',
      expression: `EXTRACT(second FROM from_at) = 0::numeric AND EXTRACT(second FROM until_at) = 0::numeric`,
    },
  ],
  properties: {
    cryptocurrencyId: marketId().primary(),
    fromAt: instant().primary(),
    untilAt: instant(),
  },
});

/** A row of `confirmed_stretch`. */
export type ConfirmedStretch = InferEntity<typeof ConfirmedStretch>;
