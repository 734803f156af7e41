import { key, percentUpTo } from '../../settings/key.js';
import { ratioOf } from '../../units.js';
import { declareRule, inPercent, judged } from '../rule.js';

/** The best bid and the best ask are close together. */
export const spread = declareRule({
  name: 'spread',
  keys: {
    max_spread_percentage: key(0.5, percentUpTo(100), 'percent', 'Maximum spread: 100 · (ask − bid) / mid.'),
  },
  settings: ({ max_spread_percentage }) => ({ maxSpread: ratioOf(max_spread_percentage) }),
  fromCandles: false,
  comparison: '≤',
  value: ({ live }) => inPercent(live.spread),
  threshold: ({ maxSpread }) => inPercent(maxSpread),
  judge: ({ live }, { maxSpread }) => judged(live.spread, live.spread <= maxSpread),
  doc: { passes: '100·(ask−bid)/mid ≤ `max_spread_percentage`', unknown: 'bid or ask is unknown' },
});
