import { key, percentUpTo } from '../../settings/key.js';
import { ratioOf } from '../../units.js';
import { declareRule, inPercent, judged } from '../rule.js';

/** The price is not too volatile. */
export const volatility = declareRule({
  name: 'volatility',
  keys: {
    max_volatility: key(
      15,
      percentUpTo(10_000),
      'percent a day',
      'Maximum standard deviation of the last day’s 1-minute returns, scaled to a day.',
    ),
  },
  settings: ({ max_volatility }) => ({ maxVolatility: ratioOf(max_volatility) }),
  fromCandles: true,
  comparison: '≤',
  value: ({ volatility }) => inPercent(volatility),
  threshold: ({ maxVolatility }) => inPercent(maxVolatility),
  judge: ({ volatility }, { maxVolatility }) => judged(volatility, volatility <= maxVolatility),
  doc: {
    passes:
      'sample standard deviation (n−1) of the 1-minute log returns of the last 1,440 minutes · √1440 · 100 ≤ `max_volatility`',
    unknown: 'any of the 1,440 returns is missing; live, fewer than 360 are known',
  },
});
