import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';

/** Trades often: a few dozen times in four days on three markets. */
export const EAGER = `filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }
momentum_strategy:
  roc: { periods: [1, 5, 15], thresholds: [0.05, 0.1, 0.2] }
  volume: { factor: 1 }
  trend_confirmation_required: false
`;

/** Trades in minutes, without a history. */
export const EAGEREST = `filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000, unknown: pass }
momentum_strategy:
  roc: { periods: [1, 5], thresholds: [0.01, 0.02] }
  volume: { factor: 0.5 }
  trend_confirmation_required: false
`;

/**
 * A market of the generator as a file of Kraken's: one line for each minute with a trade, from ≤ t
 * < to.
 */
export const krakenCsv = (symbol: string, seed: number, from: number, to: number): string => {
  const [tape] = [...syntheticTapes([symbol], seed, from, to, (to - from) / MINUTE_MS)];
  const { cell, open, high, low, close, volume, minutes } = tape!;
  let text = '';
  for (let i = 0; i < minutes; i++)
    if (cell[i] === Cell.traded)
      text += `${from / 1_000 + 60 * i},${open[i]},${high[i]},${low[i]},${close[i]},${volume[i]},1\n`;
  return text;
};
