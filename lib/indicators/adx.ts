import { candlePeriod, key } from '../settings/key.js';
import { declareIndicator, type ColumnGroup, type ReferenceBars, type RunTulind } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';

/**
 * Wilder's average directional index and, if requested, plus DI and minus DI in the two columns
 * after it, seeded as tulind's `adx` and `di`. 0/0 in the directional index counts as 0, where
 * tulind's ADX stays NaN.
 */
export class Adx implements Kernel<PriceBars> {
  private readonly period: number;
  private readonly withIndicators: boolean;
  private seen = 0;
  private previousHigh = 0;
  private previousLow = 0;
  private previousClose = 0;
  private range = 0;
  private up = 0;
  private down = 0;
  /** `period` times the ADX. */
  private sum = 0;

  /** `period` at least 2. */
  constructor(period: number, withIndicators: boolean) {
    this.period = period;
    this.withIndicators = withIndicators;
  }

  reset(): void {
    this.seen = 0;
    this.range = this.up = this.down = this.sum = 0;
  }

  advance({ high, low, close }: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const adx = out[at]!;
    const withIndicators = this.withIndicators;
    const plus = withIndicators ? out[at + 1]! : adx;
    const minus = withIndicators ? out[at + 2]! : adx;
    const period = this.period;
    const first = period - 1;
    const known = 2 * first;
    const keep = (period - 1) / period;
    const scale = 1 / period;
    let [seen, range, up, down, sum] = [this.seen, this.range, this.up, this.down, this.sum];
    let [previousHigh, previousLow, previousClose] = [this.previousHigh, this.previousLow, this.previousClose];
    for (let i = from; i < to; i++) {
      const top = high[i]!;
      const bottom = low[i]!;
      if (seen > 0) {
        let trueRange = top - bottom;
        const rise = Math.abs(top - previousClose);
        const fall = Math.abs(bottom - previousClose);
        if (rise > trueRange) trueRange = rise;
        if (fall > trueRange) trueRange = fall;
        const upMove = top - previousHigh;
        const downMove = previousLow - bottom;
        // The move that counts is positive and the larger one. Without branches: its direction is
        // unpredictable.
        const upCounted = ((Math.abs(upMove) + upMove) / 2) * Number(upMove >= downMove);
        const downCounted = ((Math.abs(downMove) + downMove) / 2) * Number(downMove >= upMove);
        const factor = seen < period ? 1 : keep; // the first `period - 1` are summed, then Wilder's smoothing
        range = range * factor + trueRange;
        up = up * factor + upCounted;
        down = down * factor + downCounted;
      }
      previousHigh = top;
      previousLow = bottom;
      previousClose = close[i]!;
      let value = NaN;
      if (seen >= first) {
        const upIndex = up / range;
        const downIndex = down / range;
        const total = upIndex + downIndex;
        const index = total > 0 ? (Math.abs(upIndex - downIndex) / total) * 100 : 0;
        sum = seen <= known ? sum + index : sum * keep + index;
        if (seen >= known) value = sum * scale;
      }
      if (withIndicators) {
        plus[i] = seen >= first ? (100 * up) / range : NaN;
        minus[i] = seen >= first ? (100 * down) / range : NaN;
      }
      adx[i] = value;
      if (seen <= known) seen++;
    }
    [this.seen, this.range, this.up, this.down, this.sum] = [seen, range, up, down, sum];
    [this.previousHigh, this.previousLow, this.previousClose] = [previousHigh, previousLow, previousClose];
  }
}

/**
 * tulind's `adx`, and where that stays NaN after a 0/0 its `dx` with 0 for each 0/0, smoothed by
 * its `wilders`.
 */
const referenceOf = async (
  { high, low, close }: ReferenceBars,
  tulind: RunTulind,
  period: number,
): Promise<readonly number[]> => {
  const bars = [high, low, close];
  const [values] = await tulind('adx', bars, [period]);
  const [index] = await tulind('dx', bars, [period]);
  const known = index!.slice(period - 1).map(value => (Number.isNaN(value) ? 0 : value));
  const [smoothed] = await tulind('wilders', [known], [period]);
  return values!.map((value, i) => (Number.isNaN(value) ? (smoothed![i - period + 1] ?? NaN) : value));
};

const group = (period: number, hasDirections: boolean): ColumnGroup<PriceBars> => ({
  keys: hasDirections ? [`adx_${period}`, `plus_di_${period}`, `minus_di_${period}`] : [`adx_${period}`],
  unit: '0-100',
  make: () => new Adx(period, hasDirections),
  reference: async (bars, tulind) => {
    const values = await referenceOf(bars, tulind, period);
    return hasDirections ? [values, ...(await tulind('di', [bars.high, bars.low, bars.close], [period]))] : [values];
  },
});

/** With plus and minus DI on minutes, without on higher timeframes. */
export const adx = declareIndicator({
  keys: { adx: { period: key(14, candlePeriod, 'candles', 'Period of the directional index (Wilder).') } },
  settings: document => ({ adx: { period: document.adx.period } }),
  request: {
    name: 'adx',
    doc: 'average directional index (Wilder), plus_di and minus_di',
    options: { period: { default: 14, check: candlePeriod } },
    settings: ({ period }) => ({ adx: { period: period! } }),
    higher: ({ adx: { period } }) => [group(period, true)],
    isOfClose: false,
    isNamed: true,
    candles: ({ period }) => 20 * period!,
  },
  minute: settings => [group(settings.adx.period, true)],
  higher: settings => [group(settings.adx.period, false)],
});
