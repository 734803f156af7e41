import type { Settings } from '../../lib/settings/settings.js';
import type { Values } from './indicators.js';
import type { Condition, OracleCandle, OracleExits } from './types.js';

const MINIMUM_CANDLES = 200;

/**
 * Which conditions hold on a candle, in their order, and the score if all do; null if it is not to
 * be evaluated.
 */
export const evaluate = (
  candle: OracleCandle | undefined,
  values: Values | undefined,
  settings: Settings,
): { readonly firstFailed: Condition | null; readonly score: number } | null => {
  const { rsi: range, rocThresholds, volumeFactor, trend } = settings.strategy;
  if (candle?.kind !== 'traded' || !values || values.candles < MINIMUM_CANDLES) return null;
  const { rsi, histogram, histogramBefore, bollingerMiddle, volumeSma, adx, plusDi, minusDi } = values;
  const roc = values.roc.filter(value => value !== null);
  if (rsi === null || histogram === null || histogramBefore === null) return null;
  if (bollingerMiddle === null || volumeSma === null || roc.length < values.roc.length) return null;

  const volumeThreshold = volumeFactor * volumeSma;
  const conditions: [Condition, boolean][] = [
    ['rsi', range.oversold < rsi && rsi < range.overbought],
    ['macd', histogram > 0 && histogram > histogramBefore],
    ['roc', roc.every((value, i) => value >= rocThresholds[i]!)],
    ['bollinger', candle.close > bollingerMiddle],
    ['volume', candle.volume > volumeThreshold],
  ];
  const strengths = [
    ...roc.map((value, i) => strength(value, rocThresholds[i]!)),
    strength(candle.volume, volumeThreshold),
  ];

  if (trend.required) {
    if (adx === null || plusDi === null || minusDi === null) return null;
    const higher = trend.timeframes.map(minutes => values.timeframes.get(minutes)!);
    if (higher.some(timeframe => timeframe.candles < MINIMUM_CANDLES || timeframe.histogram === null)) return null;
    conditions.push(['trend', adx >= trend.minAdx && plusDi > minusDi && higher.every(one => one.histogram! > 0)]);
    strengths.push(strength(adx, trend.minAdx));
  }
  return {
    firstFailed: conditions.find(([, holds]) => !holds)?.[0] ?? null,
    score: strengths.reduce((sum, value) => sum + value, 0) / strengths.length,
  };
};

/** Whether one of the exits holds on a candle, each as far as its own values are known. */
export const exitHolds = (
  candle: OracleCandle | undefined,
  values: Values | undefined,
  { rsiAbove }: OracleExits,
): boolean => {
  if (candle?.kind !== 'traded' || !values || values.candles < MINIMUM_CANDLES) return false;
  const { rsi, histogram, histogramBefore, bollingerMiddle } = values;
  const isHot = rsi !== null && rsi > rsiAbove;
  const isWeak =
    histogram !== null &&
    histogramBefore !== null &&
    bollingerMiddle !== null &&
    candle.close < bollingerMiddle &&
    histogram < histogramBefore;
  return isHot || isWeak;
};

/**
 * How far a value is over its threshold: 0 at the threshold, 1 at twice it or more; 1 for a
 * threshold ≤ 0.
 */
const strength = (value: number, threshold: number): number =>
  threshold <= 0 ? 1 : Math.min(Math.max((value - threshold) / threshold, 0), 1);
