import { breakEven } from './break-even.js';
import { exitSignal } from './exit-signal.js';
import { stopLossAtr } from './stop-loss-atr.js';
import { stopLoss } from './stop-loss.js';
import { takeProfit } from './take-profit.js';
import { timeLimit } from './time-limit.js';
import { trailingStop } from './trailing-stop.js';

/**
 * Every exit rule, in the order in which reports and datasets list their reasons. To add one, write
 * its file and add it here.
 */
export const declared = [stopLoss, stopLossAtr, breakEven, trailingStop, takeProfit, timeLimit, exitSignal] as const;
