import { unless } from '../../settings/contradiction.js';
import { number } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { HOUR_MS, type DurationMs } from '../../units.js';
import { declareRule, judged } from '../rule.js';

const HISTORY = 'filtering.min_history_hours';
const DAYS = 'application.market_data_storage_days';

/** The market is old enough. */
export const history = declareRule({
  name: 'history',
  keys: {
    min_history_hours: key(24, number({ from: 0, to: 87_600 }), 'hours', 'Minimum time since a market’s first candle.'),
  },
  settings: ({ min_history_hours }): { readonly minHistoryMs: DurationMs } => ({
    minHistoryMs: min_history_hours * HOUR_MS,
  }),
  contradictions: [
    {
      keys: [HISTORY, DAYS],
      judge: ({
        application: { market_data_storage_days: days },
        filtering: { min_history_hours: hours },
      }: {
        application: { market_data_storage_days: number | null };
        filtering: { min_history_hours: number };
      }) =>
        unless(
          days === null || hours <= 24 * days,
          HISTORY,
          `${hours}`,
          `at most ${24 * (days ?? 0)}: candles are kept for ${days} days only (${DAYS}), so no coin could pass`,
        ),
    },
  ],
  fromCandles: true,
  comparison: '≥',
  value: ({ historyMs }) => historyMs / HOUR_MS,
  threshold: ({ minHistoryMs }) => minHistoryMs / HOUR_MS,
  judge: ({ historyMs }, { minHistoryMs }) => judged(historyMs, historyMs >= minHistoryMs),
  doc: {
    passes: 'time since the open of the first candle of any timeframe ≥ `min_history_hours`',
    unknown: 'no candle had closed',
  },
});
