import { inPercent, judged, type Rule } from '../rule.js';

/** The price does not jump about too wildly. */
export const volatility: Rule = {
  name: 'volatility',
  fromCandles: true,
  value: ({ volatility }) => inPercent(volatility),
  threshold: ({ maxVolatility }) => inPercent(maxVolatility),
  judge: ({ volatility }, { maxVolatility }) => judged(volatility, volatility <= maxVolatility),
};
