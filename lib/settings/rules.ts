import { WARM_UP_MINUTES } from '../indicators/warm-up.js';
import { ruleContradictions } from '../universe/catalogue.js';
import { unless, type CrossCheck } from './contradiction.js';
import type { Document } from './schema.js';
import { nameOf } from './source.js';

/** Percentages of at most six decimals as whole millionths, whose sums are exact. */
const millionths = (percentage: number): number => Math.round(percentage * 1e6);

/** The running sums of the ladder's position percentages: exact, in millionths of a percent; 100 % is 1e8. */
export const positionSums = (levels: Document['risk_management']['take_profit_levels']): readonly number[] => {
  let sum = 0;
  return levels.map(level => (sum += millionths(level.position_percentage)));
};

const RSI = 'momentum_strategy.rsi';
const MACD = 'momentum_strategy.macd';
const ROC = 'momentum_strategy.roc';
const DAYS = 'application.market_data_storage_days';
/** Whole days that the start of a series needs. */
const LEAST_DAYS = Math.ceil(WARM_UP_MINUTES / 1_440);
const LEVELS = 'risk_management.take_profit_levels';

/** Everything that is refused though each key is fine by itself. */
export const rules: readonly CrossCheck<Document>[] = [
  {
    keys: [`${MACD}.fast_period`, `${MACD}.slow_period`],
    judge: ({ momentum_strategy: { macd } }) =>
      unless(
        macd.fast_period < macd.slow_period,
        `${MACD}.fast_period`,
        `${macd.fast_period}`,
        `less than slow_period (${macd.slow_period})`,
      ),
  },
  {
    keys: [`${RSI}.oversold`, `${RSI}.overbought`],
    judge: ({ momentum_strategy: { rsi } }) =>
      unless(
        rsi.oversold < rsi.overbought,
        `${RSI}.oversold`,
        `${rsi.oversold}`,
        `less than overbought (${rsi.overbought}): no RSI is between them, so nothing would ever be traded`,
      ),
  },
  {
    keys: [`${ROC}.thresholds`, `${ROC}.periods`],
    judge: ({ momentum_strategy: { roc } }) =>
      unless(
        roc.thresholds.length === roc.periods.length,
        `${ROC}.thresholds`,
        `${roc.thresholds.length} thresholds`,
        `one for each of the ${roc.periods.length} periods`,
      ),
  },
  {
    keys: [`${MACD}.slow_period`, `${MACD}.signal_period`, 'momentum_strategy.trend.timeframes'],
    judge: ({ momentum_strategy: { macd, trend, trend_confirmation_required: required } }) => {
      const longest = required ? Math.max(0, ...trend.timeframes) : 0;
      const candles = macd.slow_period + macd.signal_period;
      return unless(
        candles * longest <= WARM_UP_MINUTES,
        `${MACD}.slow_period`,
        `${macd.slow_period} with a signal_period of ${macd.signal_period} on ${longest}-minute candles`,
        `at most ${WARM_UP_MINUTES / longest} candles together: a series starts ${WARM_UP_MINUTES} minutes early, so this MACD would never be known in time`,
      );
    },
  },
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
  ...ruleContradictions,
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
