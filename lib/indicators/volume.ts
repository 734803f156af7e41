import { candlePeriod, key } from '../settings/key.js';
import type { Tape } from '../tape.js';
import { declareIndicator, lastValues } from './indicator.js';
import type { Bars, Kernel } from './kernel.js';
import { TrailingSum } from './trailing-sum.js';

/** Mean volume of the last `period` candles, this one included. */
export class VolumeSma implements Kernel {
  private readonly period: number;
  private readonly sum: TrailingSum;
  private seen = 0;

  constructor(period: number) {
    this.period = period;
    this.sum = new TrailingSum(period);
  }

  reset(): void {
    this.seen = 0;
    this.sum.reset();
  }

  advance(bars: Bars, from: number, to: number, out: readonly Float64Array[], at: number, number: number): void {
    const sma = out[at]!;
    const scale = 1 / this.period;
    this.sum.advance(number, bars.volume, from, to, sma);
    const known = Math.min(to, from + Math.max(0, this.period - 1 - this.seen));
    sma.fill(NaN, from, known);
    for (let i = known; i < to; i++) sma[i]! *= scale;
    this.seen = Math.min(this.period, this.seen + to - from);
  }
}

/** Candles over which `obv` is summed. */
const OBV_WINDOW = 720;

/**
 * On-balance volume of the last 720 candles: the volume of those that closed above the previous
 * candle, less that of those that closed below it. The difference of tulind's `obv` over the
 * window; of all candles of a younger series.
 */
export class Obv implements Kernel {
  private readonly sum = new TrailingSum(OBV_WINDOW);
  private previous = NaN;

  reset(): void {
    this.previous = NaN;
    this.sum.reset();
  }

  advance(bars: Bars, from: number, to: number, out: readonly Float64Array[], at: number, number: number): void {
    const { close, volume } = bars;
    const obv = out[at]!;
    let previous = this.previous;
    for (let i = from; i < to; i++) {
      const price = close[i]!;
      obv[i] = (Number(price > previous) - Number(price < previous)) * volume[i]!;
      previous = price;
    }
    this.previous = previous;
    this.sum.advance(number, obv, from, to, obv);
  }
}

/** Of `volume_sma` and `volume_roc`. */
export interface VolumeSettings {
  readonly volume: { readonly period: number };
}

/** `volume_sma`: mean volume of the last candles, in base currency. */
export const volumeSma = declareIndicator({
  keys: { volume: { period: key(10, candlePeriod, 'candles', 'Period of the average volume.') } },
  settings: ({ volume: { period } }): VolumeSettings => ({ volume: { period } }),
  request: {
    name: 'volume_sma',
    doc: 'mean volume',
    options: { period: { default: 10, check: candlePeriod } },
    settings: ({ period }) => ({ volume: { period: period! } }),
    isOfClose: false,
    isNamed: true,
    candles: ({ period }) => period!,
  },
  minute: ({ volume: { period } }) => [
    {
      keys: [`volume_sma_${period}`],
      unit: 'base currency',
      make: () => new VolumeSma(period),
      reference: ({ volume }, tulind) => tulind('sma', [volume], [period]),
      // After a large volume tulind's running mean of zeros is not zero.
      windowReference: async ({ volume }, row, _, tulind) =>
        (await tulind('sma', [lastValues(volume, row, period)], [period]))[0]!.at(-1)!,
    },
  ],
});

/** The volume of the window up to a row. */
const windowVolume = ({ volume }: Tape): ((row: number) => number) => {
  let sum = 0;
  const sums = Array.from(volume, traded => (sum += traded));
  return row => sums[row]! - (sums[row - OBV_WINDOW] ?? 0);
};

/** `obv`: signed volume summed over a fixed window, in base currency. */
export const obv = declareIndicator({
  request: {
    name: 'obv',
    doc: `on-balance volume of the last ${OBV_WINDOW} candles`,
    options: {},
    settings: () => ({}),
    isOfClose: false,
    isNamed: true,
    candles: () => OBV_WINDOW + 1,
  },
  minute: () => [
    {
      keys: ['obv'],
      unit: 'base currency',
      make: () => new Obv(),
      // tulind sums from the start of the series.
      reference: async ({ close, volume }, tulind) => {
        const [sums] = await tulind('obv', [close, volume], []);
        return [sums!.map((sum, row) => sum - (sums![row - OBV_WINDOW] ?? 0))];
      },
      windowReference: async ({ close, volume }, row, _, tulind) => {
        const inputs = [lastValues(close, row, OBV_WINDOW + 1), lastValues(volume, row, OBV_WINDOW + 1)];
        return (await tulind('obv', inputs, []))[0]!.at(-1)!;
      },
      partSize: windowVolume,
    },
  ],
});
