import { INDICATORS } from '../indicators/catalogue.js';
import { WARM_UP_MINUTES } from '../indicators/warm-up.js';
import { exitCrossChecks } from '../portfolio/exit-catalogue.js';
import { protectionCrossChecks } from '../portfolio/protection-catalogue.js';
import { sinkCrossChecks } from '../sinks/catalogue.js';
import { ruleCrossChecks } from '../universe/catalogue.js';
import { CONDITIONS } from '../strategy/conditions/index.js';
import { unless, type CrossCheck } from './contradiction.js';
import { crossChecksOf } from './fragment.js';
import type { Document } from './schema.js';

const DAYS = 'application.market_data_storage_days';
/** Whole days needed for the start of a series. */
const MIN_DAYS = Math.ceil(WARM_UP_MINUTES / 1_440);

/** Cross-checks over keys that are valid by themselves. */
export const rules: readonly CrossCheck<Document>[] = [
  ...crossChecksOf(INDICATORS),
  ...crossChecksOf(CONDITIONS),
  ...exitCrossChecks,
  ...protectionCrossChecks,
  ...sinkCrossChecks,
  {
    keys: [DAYS],
    judge: ({ application: { market_data_storage_days: days } }) =>
      unless(
        days === null || days >= MIN_DAYS,
        DAYS,
        `${days}`,
        `at least ${MIN_DAYS}: a start needs the last ${WARM_UP_MINUTES} minutes`,
      ),
  },
  ...ruleCrossChecks,
  {
    keys: ['exchange.clock_speed', 'exchange.url'],
    judge: ({ exchange: { clock_speed: speed, url } }) =>
      unless(
        speed === 1 || url !== null,
        'exchange.clock_speed',
        `${speed}`,
        '1 unless url names a simulator: the real exchange’s clock cannot be hurried',
      ),
  },
];
