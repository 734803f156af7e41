import { HOUR_MS } from '../../units.js';
import { judged, type Rule } from '../rule.js';

/** The market is not brand new. */
export const history: Rule = {
  name: 'history',
  fromCandles: true,
  value: ({ historyMs }) => historyMs / HOUR_MS,
  threshold: ({ minHistoryMs }) => minHistoryMs / HOUR_MS,
  judge: ({ historyMs }, { minHistoryMs }) => judged(historyMs, historyMs >= minHistoryMs),
};
