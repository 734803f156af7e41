import { number } from '../settings/formats.js';
import { candlePeriod, key } from '../settings/key.js';
import { closeSize, declareIndicator, lastValues } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';

/**
 * Bollinger bands of the close: lower, middle (SMA), upper, `deviations` population standard
 * deviations apart. Lower and upper are null where all closes of the window are the same.
 *
 * Sums run as in `TrailingSum`, by blocks aligned to the epoch, of distances from the block's first
 * close. That close is in each window that ends in the block, so nothing cancels, whereas tulind's
 * running sum of squares loses the deviation of a nearly flat window; and the values depend on the
 * window only.
 */
export class Bollinger implements Kernel<PriceBars> {
  private readonly period: number;
  private readonly deviations: number;
  private readonly closes: Float64Array;
  private readonly suffix: Float64Array;
  private readonly suffixOfSquares: Float64Array;
  private seen = 0;
  private pivot = 0;
  private sum = 0;
  private squares = 0;

  constructor(period: number, deviations: number) {
    this.period = period;
    this.deviations = deviations;
    this.closes = new Float64Array(period);
    this.suffix = new Float64Array(period + 1);
    this.suffixOfSquares = new Float64Array(period + 1);
  }

  reset(): void {
    this.seen = 0;
  }

  advance(
    { close }: PriceBars,
    from: number,
    to: number,
    out: readonly Float64Array[],
    at: number,
    number: number,
  ): void {
    const [lower, middle, upper] = [out[at]!, out[at + 1]!, out[at + 2]!];
    const [period, deviations, closes] = [this.period, this.deviations, this.closes];
    const [suffix, suffixOfSquares] = [this.suffix, this.suffixOfSquares];
    const scale = 1 / period;
    for (let i = from; i < to;) {
      let place = (number + i - from) % period;
      if (place === 0) this.startBlock(close[i]!);
      const end = Math.min(to, i + period - place);
      const pivot = this.pivot;
      let [sum, squares, seen] = [this.sum, this.squares, this.seen];
      for (; i < end; i++) {
        const price = close[i]!;
        const distance = price - pivot;
        closes[place++] = price;
        sum += distance;
        squares += distance * distance;
        if (++seen < period) {
          lower[i] = middle[i] = upper[i] = NaN;
          continue;
        }
        const offset = (sum + suffix[place]!) * scale;
        const ofSquares = squares + suffixOfSquares[place]!;
        const mean = pivot + offset;
        const width = ofSquares > 0 ? deviations * Math.sqrt(ofSquares * scale - offset * offset) : NaN;
        lower[i] = mean - width;
        middle[i] = mean;
        upper[i] = mean + width;
      }
      [this.sum, this.squares, this.seen] = [sum, squares, seen];
    }
  }

  private startBlock(pivot: number): void {
    const [closes, suffix, suffixOfSquares] = [this.closes, this.suffix, this.suffixOfSquares];
    let [sum, squares] = [0, 0];
    for (let place = this.period - 1; place >= 0; place--) {
      const distance = closes[place]! - pivot;
      suffix[place] = sum += distance;
      suffixOfSquares[place] = squares += distance * distance;
    }
    this.pivot = pivot;
    this.sum = this.squares = 0;
  }
}

const MIDDLE = 1;

/** `bb_lower`, `bb_middle`, `bb_upper`: Bollinger bands of the close, in quote currency. */
export const bollinger = declareIndicator({
  keys: {
    bollinger_bands: {
      period: key(20, candlePeriod, 'candles', 'Period of the middle band. The close has to be above it.'),
      std_dev: key(2, number({ above: 0, to: 10 }), 'deviations', 'Distance of the outer bands from the middle one.'),
    },
  },
  settings: ({ bollinger_bands: { period, std_dev: deviations } }) => ({ bollinger: { period, deviations } }),
  request: {
    name: 'bb',
    doc: 'Bollinger bands: lower, middle and upper',
    options: {
      period: { default: 20, check: candlePeriod },
      deviations: { default: 2, check: number({ above: 0, to: 10 }) },
    },
    settings: ({ period, deviations }) => ({ bollinger: { period: period!, deviations: deviations! } }),
    isOfClose: true,
    isNamed: false,
    candles: ({ period }) => period!,
  },
  minute: ({ bollinger: { period, deviations } }) => [
    {
      keys: ['bb_lower', 'bb_middle', 'bb_upper'],
      unit: 'quote currency',
      make: () => new Bollinger(period, deviations),
      reference: ({ close }, tulind) => tulind('bbands', [close], [period, deviations]),
      // Of a nearly flat window tulind's deviation is noise. Closes are taken relative to the first
      // one, which changes no deviation. Lower and upper band are NaN where the window is flat
      // (semantics §2).
      windowReference: async (tape, row, place, tulind) => {
        const closes = lastValues(tape.close, row, period);
        const pivot = closes[0]!;
        if (place !== MIDDLE && closes.every(close => close === pivot)) return NaN;
        const inputs = [closes.map(close => close - pivot)];
        return pivot + (await tulind('bbands', inputs, [period, deviations]))[place]!.at(-1)!;
      },
      partSize: closeSize,
    },
  ],
});
