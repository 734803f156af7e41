import { stopLoss } from './stop-loss.js';
import { takeProfit } from './take-profit.js';
import { trailingStop } from './trailing-stop.js';

/**
 * Every exit rule, in the order in which reports and datasets list their reasons. To add one, write
 * its file and add it here.
 */
export const declared = [stopLoss, trailingStop, takeProfit] as const;
