import { Cell, type Tape } from '../tape.js';

const MINUTES = 1440;

/**
 * Sums over part of a day: minutes known, Σ volume · close, returns known, Σ return, Σ return²,
 * minutes suspect.
 */
const WIDTH = 6;

/**
 * Statistics of a market over the last 1,440 minutes, known at each refresh.
 *
 * The day is cut into slots of one refresh each. The window is the rest of yesterday plus today so
 * far: yesterday's slots are summed once from the back, today's as they come, so a value depends on
 * nothing but the window's minutes.
 */
export class DayWindow {
  private readonly slots: number;
  private readonly today: Float64Array;
  /** Sums of yesterday's slots from one slot to the end of the day. */
  private readonly rest: Float64Array;
  /** The first known minute in each of today's slots; NaN if there is none. */
  private readonly firsts: Float64Array;
  /**
   * The first known minute of yesterday from one slot to the end of the day; NaN if there is none.
   */
  private readonly restFirsts: Float64Array;
  /** The first known minute of today; NaN before it. */
  private firstToday = NaN;
  /** Sums of today's complete slots, as many as `summed`. */
  private readonly sum = new Float64Array(WIDTH);
  private summed = 0;
  private readonly slotMinutes: number;
  private day = -1;
  /** Close of the previous minute; NaN after a gap. */
  private before = NaN;

  constructor(refreshMinutes: number) {
    this.slotMinutes = refreshMinutes;
    this.slots = MINUTES / refreshMinutes;
    this.today = new Float64Array(this.slots * WIDTH);
    this.rest = new Float64Array((this.slots + 1) * WIDTH);
    this.firsts = new Float64Array(this.slots).fill(NaN);
    this.restFirsts = new Float64Array(this.slots + 1).fill(NaN);
  }

  /**
   * Takes `count` minutes of one slot, the first of them `minute`, counted from the epoch: the
   * cells of the tape from `cell` on, or gaps if `cell` is -1.
   */
  take(tape: Tape, cell: number, minute: number, count: number): void {
    const day = Math.floor(minute / MINUTES);
    if (day !== this.day) this.turn(day);
    if (cell < 0) {
      this.before = NaN;
      return;
    }
    const { cell: kinds, close, volume } = tape;
    // Every sum continues row by row, so that it does not depend on how the minutes are cut.
    const slot = Math.floor((minute - day * MINUTES) / this.slotMinutes) * WIDTH;
    const { today } = this;
    let { before } = this;
    let minutes = today[slot]!;
    let turnover = today[slot + 1]!;
    let changes = today[slot + 2]!;
    let sum = today[slot + 3]!;
    let squares = today[slot + 4]!;
    let suspects = today[slot + 5]!;
    if (minutes === 0) this.noteFirst(kinds, cell, minute, count);
    for (let at = cell; at < cell + count; at++) {
      if (kinds[at] === Cell.absent) {
        before = NaN;
        continue;
      }
      if (kinds[at] === Cell.suspect) suspects++;
      const price = close[at]!;
      minutes++;
      turnover += volume[at]! * price;
      if (before === before) {
        const change = price === before ? 0 : Math.log(price / before);
        changes++;
        sum += change;
        squares += change * change;
      }
      before = price;
    }
    this.before = before;
    today[slot] = minutes;
    today[slot + 1] = turnover;
    today[slot + 2] = changes;
    today[slot + 3] = sum;
    today[slot + 4] = squares;
    today[slot + 5] = suspects;
  }

  /**
   * Σ volume · close of the 1,440 minutes up to and including `minute`, the last of a slot; NaN
   * unless all are known.
   */
  turnover(minute: number): number {
    return this.total(minute, 0) === MINUTES ? this.total(minute, 1) : NaN;
  }

  /**
   * Sample deviation of the 1-minute log returns of those minutes · √1440; NaN with fewer than
   * `atLeast` known ones.
   */
  volatility(minute: number, atLeast: number): number {
    const n = this.total(minute, 2);
    if (n < Math.max(atLeast, 2)) return NaN;
    const sum = this.total(minute, 3);
    return Math.sqrt(Math.max(0, (this.total(minute, 4) - (sum * sum) / n) / (n - 1)) * MINUTES);
  }

  /**
   * Share of those minutes, from the first known one on, that are known and not suspect; NaN if
   * that one is less than `atLeast` minutes old, or none is known.
   */
  coverage(minute: number, atLeast: number): number {
    const slot = Math.floor((minute % MINUTES) / this.slotMinutes);
    const yesterday = this.restFirsts[slot + 1]!;
    const elapsed = minute - (yesterday === yesterday ? yesterday : this.firstToday) + 1;
    return elapsed >= atLeast ? (this.total(minute, 0) - this.total(minute, 5)) / elapsed : NaN;
  }

  private noteFirst(kinds: Uint8Array, cell: number, minute: number, count: number): void {
    let at = 0;
    while (at < count && kinds[cell + at] === Cell.absent) at++;
    if (at === count) return;
    this.firsts[Math.floor((minute % MINUTES) / this.slotMinutes)] = minute + at;
    if (Number.isNaN(this.firstToday)) this.firstToday = minute + at;
  }

  private total(minute: number, column: number): number {
    const slot = Math.floor((minute % MINUTES) / this.slotMinutes);
    for (; this.summed <= slot; this.summed++)
      for (let each = 0; each < WIDTH; each++) this.sum[each]! += this.today[this.summed * WIDTH + each]!;
    return this.rest[(slot + 1) * WIDTH + column]! + this.sum[column]!;
  }

  private turn(day: number): void {
    const { today, rest, slots, firsts, restFirsts } = this;
    rest.fill(0);
    restFirsts.fill(NaN);
    if (day === this.day + 1)
      for (let slot = slots - 1; slot >= 0; slot--) {
        for (let column = 0; column < WIDTH; column++)
          rest[slot * WIDTH + column] = rest[(slot + 1) * WIDTH + column]! + today[slot * WIDTH + column]!;
        restFirsts[slot] = Number.isNaN(firsts[slot]!) ? restFirsts[slot + 1]! : firsts[slot]!;
      }
    today.fill(0);
    firsts.fill(NaN);
    this.firstToday = NaN;
    this.sum.fill(0);
    this.summed = 0;
    this.day = day;
  }
}
