import { dailyLossLimit } from './daily-loss-limit.js';
import { lowProfitMarket } from './low-profit-market.js';
import { maxDrawdown } from './max-drawdown.js';
import { stopGuard } from './stop-guard.js';

/**
 * Every protection, in the order in which they are judged. To add one, write its file and add it
 * here.
 */
export const declared = [stopGuard, maxDrawdown, dailyLossLimit, lowProfitMarket] as const;
