import { DAY_MS, MINUTE_MS } from '../units.js';
import { declareIndicator, type ColumnGroup, type ReferenceBars } from './indicator.js';
import type { Bars, Kernel } from './kernel.js';

const DAY = DAY_MS / MINUTE_MS;

/**
 * Volume-weighted mean of the typical price, (high + low + close) / 3, since 00:00 UTC of the
 * candle's day. Null on a day whose first minute is not in the series, and before the first trade.
 */
export class Vwap implements Kernel {
  private readonly perDay: number;
  private known = false;
  private turnover = 0;
  private volume = 0;

  /** `perDay`: candles of a day. */
  constructor(perDay = DAY) {
    this.perDay = perDay;
  }

  reset(): void {
    this.known = false;
  }

  advance(bars: Bars, from: number, to: number, out: readonly Float64Array[], at: number, number: number): void {
    const { perDay } = this;
    const { high, low, close, volume } = bars;
    const vwap = out[at]!;
    let [turnover, traded] = [this.turnover, this.volume];
    for (let i = from; i < to;) {
      const place = (number + i - from) % perDay;
      if (place === 0) {
        this.known = true;
        turnover = traded = 0;
      }
      const end = Math.min(to, i + perDay - place);
      if (!this.known) {
        vwap.fill(NaN, i, end);
        i = end;
      }
      for (; i < end; i++) {
        turnover += ((high[i]! + low[i]! + close[i]!) / 3) * volume[i]!;
        traded += volume[i]!;
        vwap[i] = turnover / traded;
      }
    }
    [this.turnover, this.volume] = [turnover, traded];
  }
}

/** The simplest computation; tulind has no such indicator. */
const referenceOf = ({ high, low, close, volume, first }: ReferenceBars): number[] => {
  let sums: { turnover: number; traded: number } | null = null;
  return close.map((price, row) => {
    if ((first + row) % DAY === 0) sums = { turnover: 0, traded: 0 };
    if (!sums) return NaN;
    sums.turnover += ((high[row]! + low[row]! + price) / 3) * volume[row]!;
    sums.traded += volume[row]!;
    return sums.turnover / sums.traded;
  });
};

const group = (perDay = DAY): ColumnGroup => ({
  keys: ['vwap'],
  unit: 'quote currency',
  make: () => new Vwap(perDay),
  reference: bars => Promise.resolve([referenceOf(bars)]),
});

/** `vwap`: volume-weighted average price of the UTC day so far, in quote currency. */
export const vwap = declareIndicator({
  request: {
    name: 'vwap',
    doc: 'volume-weighted average price of the UTC day so far',
    options: {},
    settings: () => ({}),
    isOfClose: false,
    isNamed: true,
    candles: () => 1,
    ofTimeframe: (_, minutes) => [group(DAY / minutes)],
  },
  minute: () => [group()],
});
