import type { OhlcRow } from '../exchange/ports.js';
import { isQuiet } from './bad-row.js';
import { CandleColumns, type Candles } from './candles.js';
import { jumpFilter, type JumpFilter } from './jump-filter.js';
import type { SeriesState } from './series.js';
import { MINUTE_MS, type EpochMs, type Price, type Ratio } from '../units.js';

/** Minutes from ≤ t < to. */
export interface Minutes {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** The last stored minutes of a market, from which a lane starts. */
export interface StoredMinutes {
  /** As stored, ascending: quiet ones flat, suspect ones with their own values. */
  readonly candles: Candles;
  /** The state of the series before the first of them. */
  readonly before: SeriesState;
  /** Open times of the exchange's own candles, neither built from trades nor imported. */
  readonly given: { has(at: EpochMs): boolean };
}

/** A series that keeps only its state, by the rule of `seriesFrom` for rows without omissions. */
class Walk {
  private readonly judge: JumpFilter;
  private at: EpochMs;
  private close: Price;

  constructor({ at, close, good, pending }: SeriesState, maxJump: Ratio) {
    this.judge = jumpFilter({ good, pending }, maxJump);
    this.at = at;
    this.close = close;
  }

  get state(): SeriesState {
    return { at: this.at, close: this.close, good: this.judge.good, pending: this.judge.pending };
  }

  /**
   * Adds a minute without trades whose own price is `close`; returns the price at which it is flat.
   */
  quiet(at: EpochMs, close: Price): Price {
    if (at !== this.at + MINUTE_MS || Number.isNaN(this.close)) this.close = close;
    this.at = at;
    return this.close;
  }

  /** Adds a traded minute; returns whether it is suspect. */
  traded(at: EpochMs, close: Price): boolean {
    const isSuspect = this.judge.isSuspect(close);
    if (!isSuspect) this.close = close;
    this.at = at;
    return isSuspect;
  }
}

const sameState = (a: SeriesState, b: SeriesState): boolean =>
  Object.is(a.close, b.close) && Object.is(a.good, b.good) && Object.is(a.pending, b.pending);

const sameNumber = (known: number, reported: number): boolean => known === reported || Number.isNaN(known);

/**
 * The stored values of a market's last minutes, for comparison with later answers. A ring of
 * columns: 60 kB a market for twelve hours, however long it runs.
 */
export class LaneMemory {
  /** How many minutes are remembered. */
  private readonly size: number;
  private readonly rows: CandleColumns;
  /** 1 for a minute that came from the exchange's candles. */
  private readonly given: Uint8Array;
  private readonly revised: Uint8Array;
  /** The series before the oldest minute. */
  private readonly before: Walk;
  private readonly maxJump: Ratio;
  private from: EpochMs = Number.NaN;
  private to: EpochMs = Number.NaN;
  /** The first minute whose flag or flat price may still change after an earlier revision. */
  private unsettled: EpochMs = Infinity;

  /**
   * Remembers the last `size` minutes: as many as the exchange's candles reach back, since no
   * answer holds an older one. `stored` are the last stored minutes, `before` is the series before
   * them.
   */
  constructor(size: number, before: SeriesState, maxJump: Ratio, stored: Omit<StoredMinutes, 'before'> | null = null) {
    this.size = size;
    this.rows = new CandleColumns(size);
    this.given = new Uint8Array(size);
    this.revised = new Uint8Array(size);
    this.rows.at.fill(Number.NaN);
    this.before = new Walk(before, maxJump);
    this.maxJump = maxJump;
    if (!stored) return;
    for (let i = 0; i < stored.candles.length; i++)
      this.add(stored.candles, i, stored.given.has(stored.candles.at[i]!));
    this.unsettled = stored.candles.at[0] ?? Infinity; // the former process may have ended before storing all of a revision
  }

  get isEmpty(): boolean {
    return Number.isNaN(this.from);
  }

  /** The oldest minute remembered; NaN without any. */
  get oldest(): EpochMs {
    return this.from;
  }

  /** Remembers row `i` as stored; it is later than all before. */
  add(candles: Candles, i: number, given: boolean): void {
    const at = candles.at[i]!;
    if (this.isEmpty) this.from = at;
    this.forget(at - (this.size - 1) * MINUTE_MS);
    this.to = at + MINUTE_MS;
    const slot = this.slotOf(at);
    for (const name of ['at', 'open', 'high', 'low', 'close', 'volume', 'vwap', 'trades', 'quiet', 'suspect'] as const)
      this.rows[name][slot] = candles[name][i]!;
    this.given[slot] = given ? 1 : 0;
  }

  /**
   * Compares the rows of an answer with the remembered ones and returns the changes to store: rows
   * with other values, former gaps, and later minutes whose flat price or suspect flag changes with
   * them. `head` is the state of the emitted series: while it differs from the settled one, the
   * next minutes may need a correction too.
   */
  compare(rows: readonly OhlcRow[], head: SeriesState, source: 'ohlc' | 'trades'): CandleColumns {
    for (const row of rows)
      if (row.at >= this.from && row.at < this.to && this.differs(row, source)) {
        this.put(row, source);
        this.unsettled = Math.min(this.unsettled, row.at);
      }
    return this.unsettled < this.to ? this.settle(head) : new CandleColumns(0);
  }

  /**
   * The minutes from ≤ t < to for which the rows of an answer equal the remembered ones; call after
   * `compare`.
   */
  agreeing(rows: readonly OhlcRow[], from: EpochMs, to: EpochMs): readonly Minutes[] {
    const found: { from: EpochMs; to: EpochMs }[] = [];
    for (const { at, volume, trades } of rows) {
      if (at < Math.max(from, this.from) || at >= Math.min(to, this.to)) continue;
      const slot = this.slotOf(at);
      if (this.rows.at[slot] !== at || (this.rows.quiet[slot] === 1) !== isQuiet(volume, trades)) continue;
      const last = found.at(-1);
      if (last?.to === at) last.to = at + MINUTE_MS;
      else found.push({ from: at, to: at + MINUTE_MS });
    }
    return found;
  }

  private slotOf(at: EpochMs): number {
    return (at / MINUTE_MS) % this.size;
  }

  /**
   * Whether a row differs from the stored one. A row without trades never replaces one with trades.
   */
  private differs({ at, open, high, low, close, volume, trades, vwap }: OhlcRow, source: 'ohlc' | 'trades'): boolean {
    const slot = this.slotOf(at);
    const known = this.rows;
    if (known.at[slot] !== at) return true;
    if (isQuiet(volume, trades)) return false;
    if (known.quiet[slot] === 1) return true;
    const isSame =
      known.open[slot] === open &&
      known.high[slot] === high &&
      known.low[slot] === low &&
      known.close[slot] === close &&
      known.volume[slot] === volume &&
      sameNumber(known.trades[slot]!, trades);
    // The exchange rounds vwap to a tick, candles built from trades do not, and files have none.
    const isRounded = source === 'ohlc' && this.given[slot] === 1;
    return !isSame || (isRounded && !Object.is(known.vwap[slot], vwap ?? Number.NaN));
  }

  private put({ at, open, high, low, close, volume, trades, vwap }: OhlcRow, source: 'ohlc' | 'trades'): void {
    const slot = this.slotOf(at);
    const { rows } = this;
    rows.at[slot] = at;
    rows.open[slot] = open;
    rows.high[slot] = high;
    rows.low[slot] = low;
    rows.close[slot] = close;
    rows.volume[slot] = volume;
    rows.trades[slot] = trades;
    rows.vwap[slot] = vwap ?? Number.NaN;
    rows.quiet[slot] = isQuiet(volume, trades) ? 1 : 0;
    rows.suspect[slot] = 0;
    this.given[slot] = source === 'ohlc' ? 1 : 0;
    this.revised[slot] = 1;
  }

  /**
   * Recomputes all remembered rows and returns those from `unsettled` on whose stored values
   * change.
   */
  private settle(head: SeriesState): CandleColumns {
    const out = new CandleColumns(16);
    const { rows, revised } = this;
    const walk = new Walk(this.before.state, this.maxJump);
    for (let at = this.from; at < this.to; at += MINUTE_MS) {
      const slot = this.slotOf(at);
      if (rows.at[slot] !== at) continue;
      let changes = revised[slot] === 1;
      revised[slot] = 0;
      if (rows.quiet[slot] === 1) {
        const flat = walk.quiet(at, rows.close[slot]!);
        changes ||= flat !== rows.close[slot] && at >= this.unsettled;
        if (changes) rows.open[slot] = rows.high[slot] = rows.low[slot] = rows.close[slot] = flat;
      } else {
        const suspect = walk.traded(at, rows.close[slot]!) ? 1 : 0;
        changes ||= suspect !== rows.suspect[slot] && at >= this.unsettled;
        if (changes) rows.suspect[slot] = suspect;
      }
      if (changes) this.emit(slot, out);
    }
    this.unsettled = sameState(walk.state, head) ? Infinity : this.to;
    return out;
  }

  private emit(slot: number, out: CandleColumns): void {
    const { at, open, high, low, close, volume, trades, vwap, quiet, suspect } = this.rows;
    const row = out.push(
      at[slot]!,
      open[slot]!,
      high[slot]!,
      low[slot]!,
      close[slot]!,
      volume[slot]!,
      trades[slot],
      vwap[slot],
    );
    out.quiet[row] = quiet[slot]!;
    out.suspect[row] = suspect[slot]!;
  }

  /** Drops the minutes before `at`. */
  private forget(at: EpochMs): void {
    for (const until = Math.min(at, this.to); this.from < until; this.from += MINUTE_MS) {
      const slot = this.slotOf(this.from);
      const { at: known, quiet, close } = this.rows;
      if (known[slot] !== this.from) continue;
      if (quiet[slot] === 1) this.before.quiet(this.from, close[slot]!);
      else this.before.traded(this.from, close[slot]!);
    }
    if (this.from < at) this.from = at;
  }
}
