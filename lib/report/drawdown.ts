import { MINUTE_MS, type EpochMs, type Money, type Ratio } from '../units.js';

/** The maximum drawdown of an equity curve. */
export interface Drawdown {
  /** (peak − trough) / peak. */
  readonly ratio: Ratio;
  /** First time at the peak. */
  readonly peakAt: EpochMs;
  /** First time at the trough. */
  readonly troughAt: EpochMs;
  /** First time back at the peak after the trough; null if not recovered. */
  readonly recoveredAt: EpochMs | null;
}

const closeOf = (index: number, start: EpochMs): EpochMs => start + (index + 1) * MINUTE_MS;

/** Tracks the maximum drawdown of an equity curve that arrives in pieces. */
export class DrawdownTracker {
  private peak: Money;
  private peakAt: EpochMs;
  private worst: Drawdown | null = null;

  constructor(initial: Money, at: EpochMs) {
    this.peak = initial;
    this.peakAt = at;
  }

  /** The maximum drawdown so far, the first of equal ones; null if the equity never fell. */
  get deepest(): Drawdown | null {
    return this.worst;
  }

  /** Adds `marks[first]` to `marks[end - 1]`; mark `i` is known at `start` + (i + 1) minutes. */
  advance(marks: Float64Array, first: number, end: number, start: EpochMs): void {
    let peak = this.peak;
    let peakIndex = -1;
    let ratio = this.worst?.ratio ?? 0;
    let trough = -1;
    let under = this.worst !== null && this.worst.recoveredAt === null;
    for (let i = first; i < end; i++) {
      const equity = marks[i]!;
      if (equity < peak) {
        const fall = (peak - equity) / peak;
        if (fall > ratio) {
          ratio = fall;
          trough = i;
          under = true;
        }
      } else {
        if (under) {
          this.note(ratio, peakIndex, trough, start);
          this.worst = { ...this.worst!, recoveredAt: closeOf(i, start) };
          trough = -1;
          under = false;
        }
        if (equity > peak) {
          peak = equity;
          peakIndex = i;
        }
      }
    }
    this.note(ratio, peakIndex, trough, start);
    this.peak = peak;
    if (peakIndex >= 0) this.peakAt = closeOf(peakIndex, start);
  }

  /** Records a drawdown whose trough is in this piece; its peak may be in an earlier one. */
  private note(ratio: Ratio, peakIndex: number, trough: number, start: EpochMs): void {
    if (trough < 0) return;
    const peakAt = peakIndex < 0 ? this.peakAt : closeOf(peakIndex, start);
    this.worst = { ratio, peakAt, troughAt: closeOf(trough, start), recoveredAt: null };
  }
}
