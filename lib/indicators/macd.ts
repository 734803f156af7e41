import { unless } from '../settings/contradiction.js';
import { candlePeriod, key } from '../settings/key.js';
import { closeSize, declareIndicator, type ColumnGroup } from './indicator.js';
import type { Kernel, PriceBars } from './kernel.js';

/**
 * Moving average convergence/divergence of the close: line, signal, histogram. As tulind's `macd`:
 * averages seeded with the first close, the signal with the first line; 12/26 smooths with 0.15 and
 * 0.075, any other pair with 2 / (n + 1).
 */
export class Macd implements Kernel<PriceBars> {
  private readonly warmUp: number;
  private readonly weights: readonly [fast: number, slow: number, signal: number];
  private seen = 0;
  private fast = 0;
  private slow = 0;
  private signal = 0;

  constructor(fast: number, slow: number, signal: number) {
    this.warmUp = slow - 1;
    const classic = fast === 12 && slow === 26;
    this.weights = [classic ? 0.15 : 2 / (fast + 1), classic ? 0.075 : 2 / (slow + 1), 2 / (signal + 1)];
  }

  reset(): void {
    this.seen = 0;
  }

  advance({ close }: PriceBars, from: number, to: number, out: readonly Float64Array[], at: number): void {
    const [line, signalLine, histogram] = [out[at]!, out[at + 1]!, out[at + 2]!];
    const [fastWeight, slowWeight, signalWeight] = this.weights;
    const warmUp = this.warmUp;
    let [seen, fast, slow, signal] = [this.seen, this.fast, this.slow, this.signal];
    let i = from;
    for (; i < to && seen <= warmUp; i++, seen++) {
      const price = close[i]!;
      if (seen === 0) fast = slow = price;
      fast = (price - fast) * fastWeight + fast;
      slow = (price - slow) * slowWeight + slow;
      signal = fast - slow;
      const known = seen === warmUp;
      line[i] = signalLine[i] = known ? signal : NaN;
      histogram[i] = known ? 0 : NaN;
    }
    for (; i < to; i++) {
      const price = close[i]!;
      fast = (price - fast) * fastWeight + fast;
      slow = (price - slow) * slowWeight + slow;
      const value = fast - slow;
      signal = (value - signal) * signalWeight + signal;
      line[i] = value;
      signalLine[i] = signal;
      histogram[i] = value - signal;
    }
    [this.seen, this.fast, this.slow, this.signal] = [seen, fast, slow, signal];
  }
}

interface MacdSettings {
  readonly macd: { readonly fast: number; readonly slow: number; readonly signal: number };
}

const groups = ({ macd: { fast, slow, signal } }: MacdSettings): readonly ColumnGroup<PriceBars>[] => [
  {
    keys: ['macd', 'macd_signal', 'macd_histogram'],
    unit: 'quote currency',
    make: () => new Macd(fast, slow, signal),
    reference: ({ close }, tulind) => tulind('macd', [close], [fast, slow, signal]),
    partSize: closeSize,
  },
];
const FAST = 'momentum_strategy.macd.fast_period';

/**
 * `macd`, `macd_signal`, `macd_histogram`: difference of two moving averages of the close, in quote
 * currency.
 */
export const macd = declareIndicator({
  keys: {
    macd: {
      fast_period: key(12, candlePeriod, 'candles', 'Period of the fast average.'),
      slow_period: key(26, candlePeriod, 'candles', 'Period of the slow average.'),
      signal_period: key(
        9,
        candlePeriod,
        'candles',
        'Period of the signal line. The histogram has to be positive and rising.',
      ),
    },
  },
  settings: ({ macd: { fast_period, slow_period, signal_period } }): MacdSettings => ({
    macd: { fast: fast_period, slow: slow_period, signal: signal_period },
  }),
  request: {
    name: 'macd',
    doc: 'moving average convergence divergence, its signal line and histogram',
    options: {
      fast: { default: 12, check: candlePeriod },
      slow: { default: 26, check: candlePeriod },
      signal: { default: 9, check: candlePeriod },
    },
    settings: ({ fast, slow, signal }) => ({ macd: { fast: fast!, slow: slow!, signal: signal! } }),
    isOfClose: true,
    isNamed: false,
  },
  contradictions: [
    {
      keys: [FAST, 'momentum_strategy.macd.slow_period'],
      judge: ({
        momentum_strategy: {
          macd: { fast_period: fast, slow_period: slow },
        },
      }: {
        momentum_strategy: { macd: { fast_period: number; slow_period: number } };
      }) => unless(fast < slow, FAST, `${fast}`, `less than slow_period (${slow})`),
    },
  ],
  minute: groups,
  higher: groups,
});
