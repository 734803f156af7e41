import { judged, type Rule } from '../rule.js';

/** The price does not jump about too wildly. */
export const volatility: Rule = {
  name: 'volatility',
  judge: ({ volatility }, { maxVolatility }) => judged(volatility, volatility <= maxVolatility),
};
