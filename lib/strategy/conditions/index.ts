import { bollinger } from './bollinger.js';
import { macd } from './macd.js';
import { roc } from './roc.js';
import { rsi } from './rsi.js';
import { trend } from './trend.js';
import { volume } from './volume.js';

/**
 * The conditions, in the order of evaluation and of reports. To add one, write its file and add it
 * here.
 */
export const CONDITIONS = [rsi, macd, roc, bollinger, volume, trend] as const;
