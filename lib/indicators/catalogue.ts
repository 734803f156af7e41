import type { SettingsOf } from '../settings/fragment.js';
import type { IndicatorSettings } from '../settings/settings.js';
import { adx } from './adx.js';
import { atr } from './atr.js';
import { bollinger } from './bollinger.js';
import type { ColumnGroup, Indicator, IndicatorUnit } from './indicator.js';
import type { PriceBars } from './kernel.js';
import { macd } from './macd.js';
import { roc, volumeRoc } from './roc.js';
import { rsi } from './rsi.js';
import { obv, volumeSma } from './volume.js';
import { vwap } from './vwap.js';

/**
 * Every indicator, in the order of the columns (semantics §2). To add one, write its file and add
 * it here.
 */
export const INDICATORS = [rsi, macd, roc, adx, volumeSma, volumeRoc, obv, vwap, bollinger, atr] as const;

/** The settings of all indicators together. */
export type OwnSettings = SettingsOf<(typeof INDICATORS)[number]>;

const declared: readonly Pick<Indicator<never, OwnSettings, never>, 'minute' | 'higher'>[] = INDICATORS;

/** The column groups of the 1-minute candles, in the order of their columns. */
export const minuteGroups = (settings: IndicatorSettings): readonly ColumnGroup[] =>
  declared.flatMap(({ minute }) => minute(settings));

/** The column groups of a higher timeframe's own candles, keys without the timeframe. */
export const higherGroups = (settings: IndicatorSettings): readonly ColumnGroup<PriceBars>[] =>
  declared.flatMap(({ higher }) => higher?.(settings) ?? []);

/** A column of the 1-minute candles, or of a higher timeframe. */
export interface IndicatorColumn {
  /** `rsi_14`, or with its timeframe `15m.rsi_14`. */
  readonly key: string;
  readonly unit: IndicatorUnit;
  /** Whether it is compared with a reference. */
  readonly isChecked: boolean;
}

/** All columns in order: those of the minute, then those of each timeframe. */
export const indicatorColumns = (settings: IndicatorSettings): readonly IndicatorColumn[] => {
  const columnsOf = (prefix: string, groups: readonly Pick<ColumnGroup, 'keys' | 'unit' | 'reference'>[]) =>
    groups.flatMap(({ keys, unit, reference }) =>
      keys.map(key => ({ key: `${prefix}${key}`, unit, isChecked: reference !== 'none' })),
    );
  return [
    ...columnsOf('', minuteGroups(settings)),
    ...settings.timeframes.flatMap(minutes => columnsOf(`${minutes}m.`, higherGroups(settings))),
  ];
};

/** The keys of all columns in order, from the periods: `rsi_14`, `macd`, … `15m.atr_14`. */
export const indicatorKeys = (settings: IndicatorSettings): readonly string[] =>
  indicatorColumns(settings).map(({ key }) => key);
