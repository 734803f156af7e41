import { candlePeriod, key } from '../settings/key.js';
import { declareIndicator, type ColumnGroup } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';

/**
 * Wilder's relative strength index of the close, seeded as tulind's `rsi`; null until the close has
 * moved.
 */
export class Rsi implements Kernel<PriceBars> {
  private readonly period: number;
  private seen = 0;
  private previous = NaN;
  private up = 0;
  private down = 0;

  constructor(period: number) {
    this.period = period;
  }

  reset(): void {
    this.seen = 0;
    this.up = 0;
    this.down = 0;
  }

  advance({ close }: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const rsi = out[at]!;
    const period = this.period;
    const weight = 1 / period;
    let [seen, previous, up, down] = [this.seen, this.previous, this.up, this.down];
    let i = from;
    if (seen === 0 && i < to) {
      previous = close[i]!;
      rsi[i++] = NaN;
      seen = 1;
    }
    for (; i < to && seen <= period; i++, seen++) {
      const change = close[i]! - previous;
      previous = close[i]!;
      up += (Math.abs(change) + change) / 2;
      down += (Math.abs(change) - change) / 2;
      if (seen === period) {
        up /= period;
        down /= period;
      }
      rsi[i] = seen === period ? 100 * (up / (up + down)) : NaN;
    }
    for (; i < to; i++) {
      const price = close[i]!;
      const change = price - previous;
      previous = price;
      const size = Math.abs(change);
      up = ((size + change) / 2 - up) * weight + up; // half of size ± change is the move or 0, exactly, without a branch
      down = ((size - change) / 2 - down) * weight + down;
      rsi[i] = 100 * (up / (up + down));
    }
    [this.seen, this.previous, this.up, this.down] = [seen, previous, up, down];
  }
}

interface RsiSettings {
  readonly rsi: { readonly period: number };
}

const groups = ({ rsi: { period } }: RsiSettings): readonly ColumnGroup<PriceBars>[] => [
  {
    keys: [`rsi_${period}`],
    unit: '0-100',
    make: () => new Rsi(period),
    reference: ({ close }, tulind) => tulind('rsi', [close], [period]),
  },
];
/** `rsi`: relative strength index of the close (Wilder), 0 to 100. */
export const rsi = declareIndicator({
  keys: { rsi: { period: key(14, candlePeriod, 'candles', 'Period of the relative strength index (Wilder).') } },
  settings: ({ rsi: { period } }): RsiSettings => ({ rsi: { period } }),
  request: {
    name: 'rsi',
    doc: 'relative strength index (Wilder)',
    options: { period: { default: 14, check: candlePeriod } },
    settings: ({ period }) => ({ rsi: { period: period! } }),
    isOfClose: true,
    isNamed: true,
  },
  minute: groups,
  higher: groups,
});
