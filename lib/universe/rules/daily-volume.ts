import { judged, type Rule } from '../rule.js';

/** Enough is traded: Σ volume · close of the last 1,440 minutes, in USD. */
export const dailyVolume: Rule = {
  name: 'daily_volume',
  judge: ({ dailyVolume }, { minDailyVolume }) => judged(dailyVolume, dailyVolume >= minDailyVolume),
};
