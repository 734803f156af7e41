import type { IndicatorSettings } from '../settings/settings.js';
import { Adx } from './adx.js';
import { Atr } from './atr.js';
import { Bollinger } from './bollinger.js';
import type { Kernel, PriceBars } from './kernel.js';
import { Macd } from './macd.js';
import { Roc } from './roc.js';
import { Rsi } from './rsi.js';
import { Obv, VolumeSma } from './volume.js';
import { Vwap } from './vwap.js';

/** A kernel to be made for each market, and the keys of its columns in order. */
export interface Entry<Input extends PriceBars> {
  readonly keys: readonly string[];
  readonly make: () => Kernel<Input>;
}

/** The indicators of the 1-minute candles (semantics §2), in the order of their columns. */
export const minuteEntries = (settings: IndicatorSettings): readonly Entry<PriceBars & { volume: Float64Array }>[] => {
  const { rsi, macd, roc, adx, volume, bollinger, atr } = settings;
  return [
    { keys: [`rsi_${rsi.period}`], make: () => new Rsi(rsi.period) },
    {
      keys: ['macd', 'macd_signal', 'macd_histogram'],
      make: () => new Macd(macd.fast, macd.slow, macd.signal),
    },
    ...roc.periods.map(period => ({ keys: [`roc_${period}`], make: () => new Roc(period, 'close') })),
    {
      keys: [`adx_${adx.period}`, `plus_di_${adx.period}`, `minus_di_${adx.period}`],
      make: () => new Adx(adx.period, true),
    },
    { keys: [`volume_sma_${volume.period}`], make: () => new VolumeSma(volume.period) },
    { keys: [`volume_roc_${volume.period}`], make: () => new Roc(volume.period, 'volume') },
    { keys: ['obv'], make: () => new Obv() },
    { keys: ['vwap'], make: () => new Vwap() },
    {
      keys: ['bb_lower', 'bb_middle', 'bb_upper'],
      make: () => new Bollinger(bollinger.period, bollinger.deviations),
    },
    { keys: [`atr_${atr.period}`], make: () => new Atr(atr.period) },
  ];
};

/** The indicators of a higher timeframe's own candles, keys without the timeframe. */
export const higherEntries = ({ rsi, macd, adx, atr }: IndicatorSettings): readonly Entry<PriceBars>[] => [
  { keys: [`rsi_${rsi.period}`], make: () => new Rsi(rsi.period) },
  { keys: ['macd', 'macd_signal', 'macd_histogram'], make: () => new Macd(macd.fast, macd.slow, macd.signal) },
  { keys: ['roc_1'], make: () => new Roc(1, 'close') },
  { keys: [`adx_${adx.period}`], make: () => new Adx(adx.period, false) },
  { keys: [`atr_${atr.period}`], make: () => new Atr(atr.period) },
];

/** The keys of all columns in order, from the periods: `rsi_14`, `macd`, … `15m.atr_14`. */
export const indicatorKeys = (settings: IndicatorSettings): readonly string[] => [
  ...minuteEntries(settings).flatMap(({ keys }) => keys),
  ...settings.timeframes.flatMap(minutes =>
    higherEntries(settings).flatMap(({ keys }) => keys.map(key => `${minutes}m.${key}`)),
  ),
];
