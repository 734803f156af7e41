import { key, money } from '../../settings/key.js';
import type { Money } from '../../units.js';
import { declareRule, judged } from '../rule.js';

/**
 * The market is liquid: Σ volume · close of the last 1,440 minutes, in USD; live, the exchange's
 * own 24 h figure.
 */
export const dailyVolume = declareRule({
  name: 'daily_volume',
  keys: { min_daily_volume: key(5_000_000, money, 'USD', 'Minimum volume of a market over 24 hours.') },
  settings: ({ min_daily_volume }): { readonly minDailyVolume: Money } => ({ minDailyVolume: min_daily_volume }),
  fromCandles: true,
  comparison: '≥',
  value: ({ dailyVolume }) => dailyVolume,
  threshold: ({ minDailyVolume }) => minDailyVolume,
  judge: ({ dailyVolume }, { minDailyVolume }) => judged(dailyVolume, dailyVolume >= minDailyVolume),
  doc: {
    passes:
      "Σ volume·close of the last 1,440 minutes, in USD, ≥ `min_daily_volume`; live, the exchange's own 24 h figure",
    unknown: 'any of these minutes is a gap, or the quote has no price in USD; live, the exchange gives no figure',
  },
});
