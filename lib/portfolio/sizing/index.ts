import { maxPositionSize } from './max-position-size.js';
import { riskPerTrade } from './risk-per-trade.js';

/** Every sizing rule. To add one, write its file and add it here. */
export const declared = [maxPositionSize, riskPerTrade] as const;
