import type { ColumnGroup } from './indicator.js';
import type { Bars, Kernel, PriceBars } from './kernel.js';
import { joining, ofBucket, type HigherCandles } from './timeframe-history.js';

/** Working space for the higher candles of one lane, shared by all markets of a set. */
export class HigherBars implements Bars {
  /** Written only where a timeframe is whole, as is `volume`. */
  open = new Float64Array(0);
  volume = new Float64Array(0);
  high = new Float64Array(0);
  low = new Float64Array(0);
  close = new Float64Array(0);
  /** Where in the tape each candle closes. */
  closedAt = new Uint32Array(0);
  readonly columns: Float64Array[];

  constructor(columns: number) {
    this.columns = Array.from({ length: columns }, () => new Float64Array(0));
  }

  /** Makes room for the higher candles of this many minutes; its content is lost. */
  reserve(candles: number): void {
    if (candles <= this.close.length) return;
    this.open = new Float64Array(candles);
    this.volume = new Float64Array(candles);
    this.high = new Float64Array(candles);
    this.low = new Float64Array(candles);
    this.close = new Float64Array(candles);
    this.closedAt = new Uint32Array(candles);
    for (let n = 0; n < this.columns.length; n++) this.columns[n] = new Float64Array(candles);
  }
}

/**
 * The indicators of one market's higher timeframe: candles of `minutes` aligned to the epoch, each
 * of them built from all of its 1-minute candles or not at all, walked by the same kernels.
 *
 *     1m     |. . c d e f g h i j k l m|   . not in the series
 *     5m     |         |  A      |  B      the first bucket misses minutes: no candle
 *     value   n n n n n n n n n A A A A A  n null; A from the row on whose close ends A
 *
 * Stored candles, if there are any, come before: those that join on, and that of the first bucket
 * if minutes are missing.
 *
 *     known  X|    K    |                  X ends where the first bucket begins
 *     value   . . X X K K K K K A A A A A  without K the series starts again there: n instead of K
 */
export class Timeframe {
  readonly minutes: number;
  /** Whether its candles have open and volume too. */
  readonly isWhole: boolean;
  private readonly kernels: readonly Kernel<PriceBars>[];
  /** First column of each kernel. */
  private readonly firsts: readonly number[];
  /** The values of the last higher candle. */
  private readonly last: Float64Array;
  private readonly bars: HigherBars;
  /** Minutes of the current bucket that are in the series. */
  private filled = 0;
  private high = 0;
  private low = 0;
  private first = 0;
  private traded = 0;
  private candles = 0;
  /** The stored candles, while the first bucket of the series is incomplete and not over. */
  private opening: HigherCandles | null = null;

  constructor(minutes: number, entries: readonly ColumnGroup<PriceBars>[], bars: HigherBars, isWhole = false) {
    this.minutes = minutes;
    this.isWhole = isWhole;
    this.kernels = entries.map(({ make }) => make());
    let columns = 0;
    this.firsts = entries.map(({ keys }) => (columns += keys.length) - keys.length);
    this.last = new Float64Array(columns).fill(NaN);
    this.bars = bars;
  }

  /**
   * Starts a new series whose first candle is that of epoch minute `number`, after the stored
   * candles that join on.
   */
  begin(number: number, known: HigherCandles | null): void {
    this.forget();
    this.filled = 0;
    this.opening = null;
    if (!known) return;
    const bucket = Math.floor(number / this.minutes);
    const { from, to } = joining(known, this.minutes, bucket);
    this.take(known, from, to, bucket - (to - from));
    if (number % this.minutes > 0) this.opening = known;
  }

  /**
   * As `Kernel.advance`, with the number of higher candles closed by each row written to `candles`.
   */
  advance(
    bars: PriceBars,
    from: number,
    to: number,
    out: readonly Float64Array[],
    at: number,
    number: number,
    candles: Uint32Array,
  ): void {
    const closing = from + this.minutes - 1 - (number % this.minutes);
    if (!this.opening || closing >= to) {
      this.walk(bars, from, to, out, at, number, candles);
      return;
    }
    this.walk(bars, from, closing, out, at, number, candles);
    const bucket = Math.floor(number / this.minutes);
    const place = ofBucket(this.opening, this.minutes, bucket);
    if (place < 0) this.forget();
    else this.take(this.opening, place, place + 1, bucket);
    this.opening = null;
    this.walk(bars, closing, to, out, at, number + closing - from, candles);
  }

  private forget(): void {
    for (const kernel of this.kernels) kernel.reset();
    this.last.fill(NaN);
    this.candles = 0;
  }

  /** Walks stored candles, the first of them that of `bucket`. */
  private take(known: HigherCandles, from: number, to: number, bucket: number): void {
    if (from === to) return;
    const { columns } = this.bars;
    this.bars.reserve(to);
    for (let n = 0; n < this.kernels.length; n++)
      this.kernels[n]!.advance(known, from, to, columns, this.firsts[n]!, bucket);
    for (let n = 0; n < this.last.length; n++) this.last[n] = columns[n]![to - 1]!;
    this.candles += to - from;
  }

  private walk(
    bars: PriceBars,
    from: number,
    to: number,
    out: readonly Float64Array[],
    at: number,
    number: number,
    candles: Uint32Array,
  ): void {
    const closed = this.build(bars, from, to, number);
    if (this.isWhole) this.buildRest(bars as Bars, from, to, number, closed);
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

  /**
   * Writes the higher candles that close within the stretch into the working space and returns
   * their number.
   */
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

  /** Writes open and volume of the same candles, `count` of them. */
  private buildRest({ open, volume }: Bars, from: number, to: number, number: number, count: number): void {
    const { minutes, bars } = this;
    let [closed, first, traded] = [0, this.first, this.traded];
    for (let i = from; i < to; i++) {
      const place = (number + i - from) % minutes;
      if (place === 0) {
        first = open[i]!;
        traded = 0;
      }
      traded += volume[i]!;
      if (closed >= count || bars.closedAt[closed] !== i) continue;
      bars.open[closed] = first;
      bars.volume[closed++] = traded;
    }
    [this.first, this.traded] = [first, traded];
  }
}
