import { candlePeriod, key } from '../settings/key.js';
import { declareIndicator, type ColumnGroup } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';

/**
 * Wilder's average true range, seeded as tulind's `atr`: with the mean of the first `period`
 * ranges, the first one high − low.
 */
export class Atr implements Kernel<PriceBars> {
  private readonly period: number;
  private seen = 0;
  private previous = NaN;
  private average = 0;

  constructor(period: number) {
    this.period = period;
  }

  reset(): void {
    this.seen = 0;
    this.previous = NaN;
    this.average = 0;
  }

  advance({ high, low, close }: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const atr = out[at]!;
    const period = this.period;
    const weight = 1 / period;
    let [seen, previous, average] = [this.seen, this.previous, this.average];
    for (let i = from; i < to; i++) {
      const top = high[i]!;
      const bottom = low[i]!;
      let range = top - bottom;
      const rise = Math.abs(top - previous); // NaN at the first candle: never greater
      const fall = Math.abs(bottom - previous);
      if (rise > range) range = rise;
      if (fall > range) range = fall;
      previous = close[i]!;
      if (seen >= period) atr[i] = average = (range - average) * weight + average;
      else {
        average += range;
        if (++seen === period) average /= period;
        atr[i] = seen === period ? average : NaN;
      }
    }
    [this.seen, this.previous, this.average] = [seen, previous, average];
  }
}

interface AtrSettings {
  readonly atr: { readonly period: number };
}

const groups = ({ atr: { period } }: AtrSettings): readonly ColumnGroup<PriceBars>[] => [
  {
    keys: [`atr_${period}`],
    unit: 'quote currency',
    make: () => new Atr(period),
    reference: ({ high, low, close }, tulind) => tulind('atr', [high, low, close], [period]),
  },
];
/** `atr`: average true range (Wilder), in quote currency. */
export const atr = declareIndicator({
  keys: { atr: { period: key(14, candlePeriod, 'candles', 'Period of the average true range (Wilder).') } },
  settings: ({ atr: { period } }): AtrSettings => ({ atr: { period } }),
  request: {
    name: 'atr',
    doc: 'average true range (Wilder)',
    options: { period: { default: 14, check: candlePeriod } },
    settings: ({ period }) => ({ atr: { period: period! } }),
    isOfClose: false,
    isNamed: true,
  },
  minute: groups,
  higher: groups,
});
