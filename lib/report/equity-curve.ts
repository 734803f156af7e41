import { DAY_MS, MINUTE_MS, type EpochMs, type Money } from '../units.js';
import { DrawdownTracker } from './drawdown.js';
import { Measured, type Reasons } from './measured.js';
import { Moments } from './moments.js';
import { isoTime, spanOf } from './time.js';

/** Metrics of an equity curve (semantics §6). Ratios are parts of one; times are ISO 8601 UTC. */
export interface EquityMetrics {
  readonly initialBalance: number | null;
  readonly finalBalance: number | null;
  /** final / initial − 1. */
  readonly return: number | null;
  /** (final / initial) ^ (365 days / elapsed) − 1; null under two days, like all annual figures. */
  readonly cagr: number | null;
  /** On the minute equity, the first point included; 0 where the equity never fell. */
  readonly maxDrawdown: number | null;
  readonly maxDrawdownPeakTime: string | null;
  readonly maxDrawdownTroughTime: string | null;
  readonly maxDrawdownRecoveryTime: string | null;
  /** mean(r) / std(r, n − 1) · √365 over daily returns. */
  readonly sharpe: number | null;
  /** mean(r) / √(Σ min(r, 0)² / n) · √365 over daily returns. */
  readonly sortino: number | null;
  /** CAGR / |max drawdown|. */
  readonly calmar: number | null;
  /** The reason of each null, by metric name. */
  readonly reasons: Reasons;
}

/** Equity at one time. */
export interface EquityPoint {
  readonly at: EpochMs;
  readonly equity: Money;
}

const YEAR_DAYS = 365;
/** Shorter periods are not annualised. */
const MIN_ANNUALISED_MS = 2 * DAY_MS;
/** Maximum number of evenly spaced points. */
const MAX_POINTS = 128;

/**
 * Measures an equity curve from one mark per minute, keeping one number per day and a few evenly
 * spaced points.
 *
 * The first point is the initial balance at `from`. Days close at 00:00 UTC: the mark known at
 * 00:00 closes the previous day. A partial day at either end counts as a day. Without new marks the
 * last one is carried forward.
 */
export class EquityCurve {
  private readonly initial: Money;
  private readonly from: EpochMs;
  private readonly drawdown: DrawdownTracker;
  private readonly returns = new Moments();
  private readonly days: EquityPoint[] = [];
  private losses = 0;
  private at: EpochMs;
  private last: Money;
  /** The newest mark, held back because the final liquidation may replace it. */
  private held: EquityPoint | null = null;
  private finished = false;
  /** Point `k` is the equity at `from` + k · stride. */
  private points: Money[];
  private stride = MINUTE_MS;

  constructor(initial: Money, from: EpochMs) {
    if (from % MINUTE_MS !== 0) throw new RangeError(`an equity curve starts at a whole minute, not at ${from}`);
    if (!(initial > 0)) throw new RangeError(`an equity curve starts above 0, not at ${initial}`);
    this.initial = this.last = initial;
    this.from = this.at = from;
    this.drawdown = new DrawdownTracker(initial, from);
    this.points = [initial];
  }

  /** Adds one mark per minute, `i` known at `start` + (i + 1) minutes; skips those up to `from`. */
  add(start: EpochMs, marks: Float64Array): void {
    const first = Math.max(0, Math.ceil((this.from - start) / MINUTE_MS));
    const count = marks.length;
    if (first >= count) return;
    const begin = start + first * MINUTE_MS;
    if (begin < (this.held?.at ?? this.at))
      throw new RangeError(`marks from ${isoTime(begin)} come after those of that time`);
    this.settle();
    this.carry(begin);
    this.take(start, marks, first, count - 1);
    this.held = { at: start + count * MINUTE_MS, equity: marks[count - 1]! };
  }

  /** Ends the curve with the equity `final` at `at`, which replaces a mark of that time. */
  finish(final: Money, at: EpochMs): void {
    if (at < (this.held?.at ?? this.at)) throw new RangeError(`a curve cannot end at ${isoTime(at)}, before its marks`);
    if (this.held && this.held.at < at) this.settle();
    this.held = null;
    this.carry(at - 1);
    this.drawdown.advance(Float64Array.of(final), 0, 1, at - MINUTE_MS);
    this.last = final;
    this.at = at;
    if (at > (this.days.at(-1)?.at ?? this.from)) this.closeDay(at);
    this.finished = true;
  }

  /** Day closes and at most 128 even steps, by time, including the first and the last point. */
  curve(): EquityPoint[] {
    const even = this.points.map((equity, k) => ({ at: this.from + k * this.stride, equity }));
    const byTime = new Map([...even, ...this.days, { at: this.at, equity: this.last }].map(point => [point.at, point]));
    return [...byTime.values()].sort((a, b) => a.at - b.at);
  }

  metrics(): EquityMetrics {
    if (!this.finished) throw new Error('the metrics of an equity curve are known once it is finished');
    const { initial, last, returns } = this;
    const measured = new Measured();
    const elapsed = this.at - this.from;
    const fall = this.drawdown.deepest;
    const annual = Math.sqrt(YEAR_DAYS);
    const tooShort =
      elapsed < MIN_ANNUALISED_MS &&
      (elapsed === 0
        ? 'no time has passed'
        : `a figure for a year needs at least ${spanOf(MIN_ANNUALISED_MS)}, the period has ${spanOf(elapsed)}`);
    const cagr = measured.value('cagr', tooShort, () => Math.pow(last / initial, YEAR_DAYS / (elapsed / DAY_MS)) - 1);
    const noFall = fall ? false : 'the equity never fell';
    for (const name of ['maxDrawdownPeakTime', 'maxDrawdownTroughTime']) if (noFall) measured.reasons[name] = noFall;
    if (!fall || fall.recoveredAt === null)
      measured.reasons['maxDrawdownRecoveryTime'] = noFall || 'it had not recovered by the end';
    return {
      initialBalance: initial,
      finalBalance: last,
      return: last / initial - 1,
      cagr,
      maxDrawdown: fall?.ratio ?? 0,
      maxDrawdownPeakTime: fall && isoTime(fall.peakAt),
      maxDrawdownTroughTime: fall && isoTime(fall.troughAt),
      maxDrawdownRecoveryTime: fall?.recoveredAt != null ? isoTime(fall.recoveredAt) : null,
      sharpe: measured.value(
        'sharpe',
        tooShort || (returns.deviation === 0 && 'every day had the same return'),
        () => (returns.mean / returns.deviation) * annual,
      ),
      sortino: measured.value(
        'sortino',
        tooShort || (this.losses === 0 && 'no day lost money'),
        () => (returns.mean / Math.sqrt(this.losses / returns.count)) * annual,
      ),
      calmar: measured.value(
        'calmar',
        tooShort || noFall || (cagr === null && `CAGR is not known: ${measured.reasons['cagr']}`),
        () => cagr! / fall!.ratio,
      ),
      reasons: measured.reasons,
    };
  }

  private settle(): void {
    if (!this.held) return;
    const { at, equity } = this.held;
    this.held = null;
    this.take(at - MINUTE_MS, Float64Array.of(equity), 0, 1);
  }

  /** Carries the last equity forward to a time: flat days count as days. */
  private carry(to: EpochMs): void {
    if (to <= this.at) return;
    while (this.nextClose() <= to) {
      this.at = this.nextClose();
      this.closeDay(this.at);
    }
    this.at = to;
    this.keepPoints(() => this.last);
  }

  private take(start: EpochMs, marks: Float64Array, first: number, end: number): void {
    for (let from = first; from < end;) {
      const close = this.nextClose();
      const to = Math.min(end, (close - start) / MINUTE_MS);
      this.drawdown.advance(marks, from, to, start);
      this.last = marks[to - 1]!;
      this.at = start + to * MINUTE_MS;
      if (this.at === close) this.closeDay(close);
      from = to;
    }
    this.keepPoints(at => marks[(at - start) / MINUTE_MS - 1]!);
  }

  private nextClose(): EpochMs {
    return (Math.floor(this.at / DAY_MS) + 1) * DAY_MS;
  }

  private closeDay(at: EpochMs): void {
    if (!Number.isFinite(this.last)) throw new Error(`the equity at ${isoTime(at)} is ${this.last}`);
    const change = this.last / (this.days.at(-1)?.equity ?? this.initial) - 1;
    this.returns.add(change);
    this.losses += Math.min(change, 0) ** 2;
    this.days.push({ at, equity: this.last });
  }

  private keepPoints(equityAt: (at: EpochMs) => Money): void {
    for (;;) {
      const next = this.from + this.points.length * this.stride;
      if (next > this.at) return;
      this.points.push(equityAt(next));
      if (this.points.length <= MAX_POINTS) continue;
      this.points = this.points.filter((_, k) => k % 2 === 0);
      this.stride *= 2;
    }
  }
}
