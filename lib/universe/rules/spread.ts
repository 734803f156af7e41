import { inPercent, judged, type Rule } from '../rule.js';

/** The best bid and the best ask are close together. */
export const spread: Rule = {
  name: 'spread',
  fromCandles: false,
  value: ({ live }) => inPercent(live.spread),
  threshold: ({ maxSpread }) => inPercent(maxSpread),
  judge: ({ live }, { maxSpread }) => judged(live.spread, live.spread <= maxSpread),
};
