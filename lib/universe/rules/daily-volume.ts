import { judged, type Rule } from '../rule.js';

/** Enough is traded: Σ volume · close of the last 1,440 minutes, in USD; live, the exchange's own figure of 24 hours. */
export const dailyVolume: Rule = {
  name: 'daily_volume',
  fromCandles: true,
  value: ({ dailyVolume }) => dailyVolume,
  threshold: ({ minDailyVolume }) => minDailyVolume,
  judge: ({ dailyVolume }, { minDailyVolume }) => judged(dailyVolume, dailyVolume >= minDailyVolume),
};
