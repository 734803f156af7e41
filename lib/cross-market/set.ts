import { Roc } from '../indicators/roc.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import { CONTEXT_KEYS, type ContextColumns, type ContextKey } from './columns.js';
import type { Context } from './context.js';
import { Correlation } from './correlation.js';
import { logReturn } from './log-return.js';
import { breadthOf, carryForward, KNOWN_MINUTES } from './others.js';
import { Recent } from './recent.js';
import { Sector } from './sector.js';
import { SwingLevel } from './swings.js';
import { WINDOW } from './window.js';

/**
 * Minutes before a tape that its values depend on: those of the correlation, and how long a
 * market's last value stays known.
 */
const BEFORE = Math.max(WINDOW, KNOWN_MINUTES) - 1;
/** Minutes of the return behind breadth and sectors, whatever periods are configured. */
const ROC_MINUTES = 15;

/** One market's series, the candles since its last gap, and its state across gaps. */
interface Series {
  readonly support: SwingLevel;
  readonly resistance: SwingLevel;
  readonly roc: Roc<'close'>;
  /** The last close. */
  close: number;
  /** Epoch minute that follows the last one seen; NaN before the first. */
  next: number;
  readonly returns: Recent;
  readonly rocs: Recent;
}

/**
 * Values of the minutes of a tape and of those before it, NaN where there is none: all markets' one
 * behind the other, and each market's.
 */
interface Lines {
  readonly all: Float64Array;
  readonly of: readonly Float64Array[];
}

/**
 * The context columns of all markets, carried from tape to tape, so that any cut of the same
 * candles gives the same values, to the last bit. A gap restarts a market's series, as it does its
 * indicators. Another market's candles count at their own minutes: values of a late tape are as if
 * it had come in time, except for data that had not arrived by then.
 */
export class ContextSet {
  private readonly context: Context;
  private readonly series: readonly Series[];
  private readonly sectors: readonly Sector[];
  private readonly correlation = new Correlation();
  private lines: { readonly minutes: number; readonly returns: Lines; readonly rocs: Lines } | undefined;

  constructor(context: Context) {
    this.context = context;
    this.sectors = context.sectors.map(coins => new Sector(coins));
    this.series = Array.from({ length: context.lanes }, () => ({
      support: new SwingLevel('support'),
      resistance: new SwingLevel('resistance'),
      roc: new Roc(ROC_MINUTES, 'close'),
      close: NaN,
      next: NaN,
      returns: new Recent(),
      rocs: new Recent(),
    }));
  }

  /**
   * The values of a tape of as many markets as the context has, which follows the tapes so far. An
   * earlier result that is no longer read may be passed as `spent`, to be overwritten if it has the
   * same size.
   */
  advance(tape: Tape, spent?: ContextColumns): ContextColumns {
    const { minutes, cell } = tape;
    const columns = spent?.get('breadth')?.length === cell.length ? spent : allocated(cell.length);
    const column = (key: ContextKey) => columns.get(key)!;
    const { returns, rocs } = this.linesFor(minutes);
    // the sector's column holds each market's own return until all are known
    const own = [column('support'), column('resistance'), column('sector_return_15')];
    for (const [market, series] of this.series.entries())
      this.walkLane(series, tape, market, own, returns.of[market]!, rocs.of[market]!);
    this.compare(tape, column, returns, rocs);
    let at = cell.indexOf(Cell.absent);
    for (; at >= 0; at = cell.indexOf(Cell.absent, at + 1)) for (const each of columns.values()) each[at] = NaN;
    return columns;
  }

  /** Each market's own values, stretch by stretch; and its lines, including earlier tapes. */
  private walkLane(
    series: Series,
    tape: Tape,
    market: number,
    out: readonly Float64Array[],
    returns: Float64Array,
    rocs: Float64Array,
  ): void {
    const { minutes, cell, close } = tape;
    const start = tape.start / MINUTE_MS;
    const lane = market * minutes;
    returns.fill(NaN);
    rocs.fill(NaN);
    series.returns.read(returns, 0, start - BEFORE, BEFORE + minutes);
    series.rocs.read(rocs, 0, start - BEFORE, BEFORE + minutes);
    for (let row = 0; row < minutes;) {
      if (cell[lane + row] === Cell.absent) {
        row++;
        continue;
      }
      const from = row;
      while (row < minutes && cell[lane + row] !== Cell.absent) row++;
      if (series.next !== start + from) {
        for (const kernel of [series.support, series.resistance, series.roc]) kernel.reset();
        series.close = NaN;
      }
      series.next = start + row;
      series.support.advance(tape, lane + from, lane + row, out, 0);
      series.resistance.advance(tape, lane + from, lane + row, out, 1);
      series.roc.advance(tape, lane + from, lane + row, out, 2);
      rocs.set(out[2]!.subarray(lane + from, lane + row), BEFORE + from);
      let last = series.close;
      for (let i = from; i < row; i++) {
        const price = close[lane + i]!;
        returns[BEFORE + i] = logReturn(last, price);
        last = price;
      }
      series.close = last;
      series.returns.take(returns, BEFORE + from, BEFORE + row, start + from);
      series.rocs.take(rocs, BEFORE + from, BEFORE + row, start + from);
    }
  }

  /** Values of the markets in relation to each other. */
  private compare(
    { start, minutes }: Tape,
    column: (key: ContextKey) => Float64Array,
    returns: Lines,
    rocs: Lines,
  ): void {
    const { bitcoin, tracked, lanes } = this.context;
    const first = start / MINUTE_MS - BEFORE;
    const correlation = column('correlation_btc');
    if (bitcoin < 0) correlation.fill(NaN);
    else this.correlation.advance(returns.of, bitcoin, first, correlation);
    for (const line of rocs.of) carryForward(line);
    const firsts = Int32Array.from(tracked, lane => lane * (BEFORE + minutes) + BEFORE);
    const breadth = column('breadth');
    breadthOf(rocs.all, firsts, breadth.subarray(0, minutes));
    for (let market = 1; market < lanes; market++) breadth.copyWithin(market * minutes, 0, minutes);
    const sector = column('sector_return_15');
    sector.fill(NaN);
    for (const each of this.sectors) each.meansOfOthers(rocs.all, BEFORE + minutes, BEFORE, sector, minutes);
  }

  private linesFor(minutes: number): NonNullable<ContextSet['lines']> {
    if (this.lines?.minutes !== minutes) {
      const lines = () => linesOf(this.series.length, BEFORE + minutes);
      this.lines = { minutes, returns: lines(), rocs: lines() };
    }
    return this.lines;
  }
}

const linesOf = (markets: number, length: number): Lines => {
  const all = new Float64Array(markets * length);
  return { all, of: Array.from({ length: markets }, (_, n) => all.subarray(n * length, (n + 1) * length)) };
};

/** Memory for the values of this many cells, all columns on one buffer. */
const allocated = (cells: number): ContextColumns => {
  const values = new Float64Array(cells * CONTEXT_KEYS.length);
  return new Map(CONTEXT_KEYS.map((key, n) => [key, values.subarray(n * cells, (n + 1) * cells)]));
};
