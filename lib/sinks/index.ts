import { lifeSign } from './life-sign.js';
import { log } from './log.js';
import { metrics } from './metrics.js';

/**
 * What reacts to the position manager, in this order. To add a sink, write its file and add it
 * here.
 */
export const declared = [log, lifeSign, metrics] as const;
