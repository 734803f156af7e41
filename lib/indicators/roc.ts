import { list, whole } from '../settings/formats.js';
import { key } from '../settings/key.js';
import { declareIndicator, type ColumnGroup } from './indicator.js';
import type { VolumeSettings } from './volume.js';
import type { Bars, Kernel, PriceBars } from './kernel.js';

/**
 * Rate of change of a column over `period` candles in percent: 100 times tulind's `roc`; null where
 * the base was 0.
 */
export class Roc<Column extends 'close' | 'volume'> implements Kernel<Pick<Bars, 'high' | 'low' | 'close' | Column>> {
  private readonly period: number;
  private readonly column: Column;
  /** The last `period` values, the oldest at `oldest`; NaN before the series' first. */
  private readonly last: Float64Array;
  private oldest = 0;

  constructor(period: number, column: Column) {
    this.period = period;
    this.column = column;
    this.last = new Float64Array(period).fill(NaN);
  }

  reset(): void {
    this.last.fill(NaN);
  }

  advance(bars: Pick<Bars, Column>, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const values: Float64Array = bars[this.column];
    const roc = out[at]!;
    const [period, last] = [this.period, this.last];
    let oldest = this.oldest;
    const head = Math.min(to, from + period);
    for (let i = from; i < head; i++) {
      const value = values[i]!;
      const rate = (value - last[oldest]!) / last[oldest]!;
      roc[i] = 100 * (rate + 0 * rate); // NaN where it is infinite
      last[oldest] = value;
      if (++oldest === period) oldest = 0;
    }
    for (let i = head; i < to; i++) {
      const base = values[i - period]!;
      const rate = (values[i]! - base) / base;
      roc[i] = 100 * (rate + 0 * rate);
    }
    for (let i = Math.max(head, to - period); i < to; i++) {
      last[oldest] = values[i]!;
      if (++oldest === period) oldest = 0;
    }
    this.oldest = oldest;
  }
}

/** tulind's rate is a ratio, and infinite where the base was 0. */
const inPercent = (outputs: readonly (readonly number[])[]): number[][] =>
  outputs.map(rates => rates.map(rate => (Number.isFinite(rate) ? 100 * rate : NaN)));

const ofClose = (period: number): ColumnGroup<PriceBars> => ({
  keys: [`roc_${period}`],
  unit: 'percent',
  make: () => new Roc(period, 'close'),
  reference: async ({ close }, tulind) => inPercent(await tulind('roc', [close], [period])),
});

/** Of the close: every configured period on minutes, one candle back on higher timeframes. */
export const roc = declareIndicator({
  keys: {
    roc: {
      periods: key(
        [1, 5, 15],
        list(whole({ from: 1, to: 1440 }), { least: 1, most: 20, order: 'ascending' }),
        'minutes',
        'Periods of the rate of change, ascending.',
      ),
    },
  },
  settings: ({ roc: { periods } }) => ({ roc: { periods } }),
  request: {
    name: 'roc',
    doc: 'rate of change in percent',
    options: { period: { default: 1, check: whole({ from: 1, to: 1440 }) } },
    settings: ({ period }) => ({ roc: { periods: [period!] } }),
    higher: ({ roc: { periods } }) => periods.map(ofClose),
    isOfClose: true,
    isNamed: true,
    candles: ({ period }) => period! + 1,
  },
  minute: ({ roc: { periods } }) => periods.map(ofClose),
  higher: () => [ofClose(1)],
});

/** `volume_roc_…`: change of the volume over a period, in percent. */
export const volumeRoc = declareIndicator({
  request: {
    name: 'volume_roc',
    doc: 'rate of change of the volume in percent',
    options: { period: { default: 10, check: whole({ from: 1, to: 1440 }) } },
    settings: ({ period }) => ({ volume: { period: period! } }),
    isOfClose: false,
    isNamed: true,
    candles: ({ period }) => period! + 1,
  },
  minute: ({ volume: { period } }: VolumeSettings) => [
    {
      keys: [`volume_roc_${period}`],
      unit: 'percent',
      make: () => new Roc(period, 'volume'),
      reference: async ({ volume }, tulind) => inPercent(await tulind('roc', [volume], [period])),
    },
  ],
});
