import { judged, type Rule } from '../rule.js';

/** The market is not brand new. */
export const history: Rule = {
  name: 'history',
  judge: ({ historyMs }, { minHistoryMs }) => judged(historyMs, historyMs >= minHistoryMs),
};
