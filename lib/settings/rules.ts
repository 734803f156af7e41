import { INDICATORS } from '../indicators/catalogue.js';
import { WARM_UP_MINUTES } from '../indicators/warm-up.js';
import { ruleCrossChecks } from '../universe/catalogue.js';
import { CONDITIONS } from '../strategy/conditions/index.js';
import { unless, type CrossCheck } from './contradiction.js';
import { crossChecksOf } from './fragment.js';
import type { Document } from './schema.js';
import { nameOf } from './source.js';

/** Percentages of at most six decimals as whole millionths, whose sums are exact. */
const millionths = (percentage: number): number => Math.round(percentage * 1e6);

/**
 * The running sums of the ladder's position percentages: exact, in millionths of a percent; 100 %
 * is 1e8.
 */
export const positionSums = (levels: Document['risk_management']['take_profit_levels']): readonly number[] => {
  let sum = 0;
  return levels.map(level => (sum += millionths(level.position_percentage)));
};

const DAYS = 'application.market_data_storage_days';
/** Whole days needed for the start of a series. */
const LEAST_DAYS = Math.ceil(WARM_UP_MINUTES / 1_440);
const LEVELS = 'risk_management.take_profit_levels';

/** Cross-checks over keys that are valid by themselves. */
export const rules: readonly CrossCheck<Document>[] = [
  ...crossChecksOf(INDICATORS),
  ...crossChecksOf(CONDITIONS),
  {
    keys: [LEVELS],
    judge: ({ risk_management: { take_profit_levels: levels } }) =>
      levels.flatMap(({ percentage }, n) => {
        const before = levels[n - 1]?.percentage ?? 0;
        return unless(
          percentage > before,
          nameOf(nameOf(LEVELS, n), 'percentage'),
          `${percentage}`,
          `more than the ${before} of the level before it`,
        );
      }),
  },
  {
    keys: [LEVELS],
    judge: ({ risk_management: { take_profit_levels: levels } }) => {
      const sum = positionSums(levels).at(-1) ?? 0;
      return unless(
        sum <= millionths(100),
        LEVELS,
        `position percentages that add up to ${sum / 1e6}`,
        'at most 100: no more can be sold than was bought',
      );
    },
  },
  {
    keys: [DAYS],
    judge: ({ application: { market_data_storage_days: days } }) =>
      unless(
        days === null || days >= LEAST_DAYS,
        DAYS,
        `${days}`,
        `at least ${LEAST_DAYS}: a start needs the last ${WARM_UP_MINUTES} minutes`,
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
