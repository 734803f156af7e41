import type { Entry } from './catalogue.js';
import type { Kernel, PriceBars } from './kernel.js';

/** Working space for the higher candles of one lane, shared by all markets of a set. */
export class HigherBars implements PriceBars {
  high = new Float64Array(0);
  low = new Float64Array(0);
  close = new Float64Array(0);
  /** Where in the tape each candle closes. */
  closedAt = new Uint32Array(0);
  readonly columns: Float64Array[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new Float64Array(0));
  }

  /** Makes room for the higher candles of so many minutes; what was in it is lost. */
  reserve(candles: number): void {
    if (candles <= this.close.length) return;
    this.high = new Float64Array(candles);
    this.low = new Float64Array(candles);
    this.close = new Float64Array(candles);
    this.closedAt = new Uint32Array(candles);
    for (let n = 0; n < this.columns.length; n++) this.columns[n] = new Float64Array(candles);
  }
}

/**
 * The indicators of one market's higher timeframe: candles of `minutes` aligned to the epoch, each of them built from all of
 * its 1-minute candles or not at all, walked by the same kernels.
 *
 *     1m     |. . c d e f g h i j k l m|   . not in the series
 *     5m     |         |  A      |  B      the first bucket lacks minutes: no candle
 *     value   n n n n n n n n n A A A A A  n null; A from the row on whose close ends A
 */
export class Timeframe {
  private readonly minutes: number;
  private readonly kernels: readonly Kernel<PriceBars>[];
  /** First column of each kernel. */
  private readonly firsts: readonly number[];
  /** The values of the last higher candle. */
  private readonly last: Float64Array;
  private readonly bars: HigherBars;
  /** Minutes of the bucket under way that are in the series. */
  private filled = 0;
  private high = 0;
  private low = 0;
  private candles = 0;

  constructor(minutes: number, entries: readonly Entry<PriceBars>[], bars: HigherBars) {
    this.minutes = minutes;
    this.kernels = entries.map(({ make }) => make());
    let columns = 0;
    this.firsts = entries.map(({ keys }) => (columns += keys.length) - keys.length);
    this.last = new Float64Array(columns).fill(NaN);
    this.bars = bars;
  }

  reset(): void {
    for (const kernel of this.kernels) kernel.reset();
    this.last.fill(NaN);
    this.filled = 0;
    this.candles = 0;
  }

  /** As `Kernel.advance`, with the number of higher candles closed by each row written to `candles`. */
  advance(
    bars: PriceBars,
    from: number,
    to: number,
    out: readonly Float64Array[],
    at: number,
    number: number,
    candles: Uint32Array,
  ): void {
    const closed = this.build(bars, from, to, number);
    const { closedAt, columns } = this.bars;
    if (closed > 0) {
      const first = Math.floor((number + closedAt[0]! - from) / this.minutes);
      for (let n = 0; n < this.kernels.length; n++)
        this.kernels[n]!.advance(this.bars, 0, closed, columns, this.firsts[n]!, first);
    }
    for (let n = 0; n < this.last.length; n++) {
      const column = out[at + n]!;
      const values = columns[n]!;
      let value = this.last[n]!;
      let i = from;
      for (let candle = 0; candle < closed; candle++) {
        for (const end = closedAt[candle]!; i < end; i++) column[i] = value;
        value = values[candle]!;
      }
      for (; i < to; i++) column[i] = value;
      this.last[n] = value;
    }
    let i = from;
    for (let candle = 0; candle < closed; candle++) {
      for (const end = closedAt[candle]!; i < end; i++) candles[i] = this.candles;
      this.candles++;
    }
    for (; i < to; i++) candles[i] = this.candles;
  }

  /** Puts the higher candles that close within the stretch into the working space and returns how many they are. */
  private build({ high, low, close }: PriceBars, from: number, to: number, number: number): number {
    const minutes = this.minutes;
    const bars = this.bars;
    bars.reserve(Math.ceil((to - from) / minutes) + 1);
    let [closed, filled, top, bottom] = [0, this.filled, this.high, this.low];
    for (let i = from; i < to;) {
      const place = (number + i - from) % minutes;
      const end = Math.min(to, i + minutes - place);
      if (place === 0) {
        filled = 0;
        top = -Infinity;
        bottom = Infinity;
      }
      filled += end - i;
      for (; i < end; i++) {
        if (high[i]! > top) top = high[i]!;
        if (low[i]! < bottom) bottom = low[i]!;
      }
      if (filled < minutes) continue;
      bars.high[closed] = top;
      bars.low[closed] = bottom;
      bars.close[closed] = close[end - 1]!;
      bars.closedAt[closed++] = end - 1;
      filled = 0;
    }
    [this.filled, this.high, this.low] = [filled, top, bottom];
    return closed;
  }
}
