import { type InferEntity, defineEntity } from '@mikro-orm/core';
import { instant } from './columns.js';
import { marketId } from './references.js';

/**
 * Minutes of a market covered by a bad row of an imported file: their trades are unknown, unless
 * `market_data` has the minute from another source. Stretches may overlap.
 */
export const DamagedMinutes = defineEntity({
  name: 'DamagedMinutes',
  tableName: 'damaged_minutes',
  checks: [
    {
      name: 'damaged_minutes_whole',
      expression: `EXTRACT(second FROM first_at) = 0::numeric AND EXTRACT(second FROM last_at) = 0::numeric`,
    },
    { name: 'damaged_minutes_order', expression: `first_at <= last_at` },
  ],
  properties: {
    cryptocurrencyId: marketId().primary(),
    /** Open times, both inclusive. */
    firstAt: instant().primary(),
    lastAt: instant().primary(),
  },
});

/** A row of `damaged_minutes`. */
export type DamagedMinutes = InferEntity<typeof DamagedMinutes>;
