import { WARM_UP_MINUTES } from '../../indicators/warm-up.js';
import { unless } from '../../settings/contradiction.js';
import { divisor, list, number, truth } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { declareCondition } from '../condition.js';

const SLOW = 'momentum_strategy.macd.slow_period';

interface TrendSettings {
  readonly trend: {
    readonly required: boolean;
    readonly minAdx: number;
    /** Minutes; each of them is among `indicators.timeframes`. */
    readonly timeframes: readonly number[];
  };
}

interface TrendDocument {
  readonly momentum_strategy: {
    readonly macd: { readonly slow_period: number; readonly signal_period: number };
    readonly trend_confirmation_required: boolean;
    readonly trend: { readonly timeframes: readonly number[] };
  };
}

/** The trend is strong and upwards, on higher timeframes too. */
export const trend = declareCondition({
  name: 'trend',
  keys: {
    trend_confirmation_required: key(true, truth, 'true/false', 'Whether the trend conditions below have to hold.'),
    trend: {
      min_adx: key(
        25,
        number({ from: 0, below: 100 }),
        '0–100',
        'Minimum directional index; +DI also has to be above −DI.',
      ),
      timeframes: key(
        [5, 15],
        list(divisor(60, { from: 2, to: 30 }), { most: 10 }),
        'minutes',
        'Timeframes whose MACD histogram has to be positive.',
      ),
    },
  },
  settings: ({ trend_confirmation_required: required, trend: { min_adx: minAdx, timeframes } }): TrendSettings => ({
    trend: { required, minAdx, timeframes },
  }),
  contradictions: [
    {
      keys: [SLOW, 'momentum_strategy.macd.signal_period', 'momentum_strategy.trend.timeframes'],
      judge: ({ momentum_strategy: { macd, trend, trend_confirmation_required: required } }: TrendDocument) => {
        const longest = required ? Math.max(0, ...trend.timeframes) : 0;
        const candles = macd.slow_period + macd.signal_period;
        return unless(
          candles * longest <= WARM_UP_MINUTES,
          SLOW,
          `${macd.slow_period} with a signal_period of ${macd.signal_period} on ${longest}-minute candles`,
          `at most ${WARM_UP_MINUTES / longest} candles together: a series starts ${WARM_UP_MINUTES} minutes early, so this MACD would never be known in time`,
        );
      },
    },
  ],
  comparisons: ({ indicators: { adx }, strategy: { trend } }) =>
    trend.required
      ? [
          { value: { column: `adx_${adx.period}` }, sign: '≥', threshold: trend.minAdx, isScored: true },
          { value: { column: `plus_di_${adx.period}` }, sign: '>', threshold: { column: `minus_di_${adx.period}` } },
          ...trend.timeframes.map(minutes => ({
            value: { column: `${minutes}m.macd_histogram` },
            sign: '>' as const,
            threshold: 0,
          })),
        ]
      : [],
});
