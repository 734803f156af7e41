import type { PositionEvent, RejectionReason, Trade } from '../portfolio/events.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Money } from '../units.js';
import { EquityCurve, type EquityMetrics, type EquityPoint } from './equity-curve.js';
import { Measured } from './measured.js';
import { tradeMetrics, type ClosedTrade, type TradeMetrics } from './trade-metrics.js';

/** Results of the position manager for one tape. */
export interface TapeResult {
  /** Open time of the tape's first minute. */
  readonly start: EpochMs;
  readonly minutes: number;
  /** Marked to market at the close of each minute, in the portfolio's currency. */
  readonly equity: Float64Array;
  /** Σ remaining size · close · quote rate at those closes. */
  readonly exposed: Float64Array;
  readonly events: readonly PositionEvent[];
}

/** All metrics of a run (semantics §6). */
export interface Metrics extends EquityMetrics, TradeMetrics {
  readonly elapsedDays: number;
  /** Share of the minutes at whose close a position was held. */
  readonly exposure: number | null;
}

/** Number of opportunities by outcome. */
export interface Outcomes {
  readonly taken: number;
  readonly expired: number;
  readonly rejected: Readonly<Partial<Record<RejectionReason, number>>>;
}

/** Accumulates a run's results tape by tape. Keeps closed trades, but not minute equity. */
export class Performance {
  private readonly initialBalance: Money;
  private readonly from: EpochMs;
  private readonly equity: EquityCurve;
  private readonly closed: Trade[] = [];
  private readonly tradeMarks: EquityPoint[] = [];
  private readonly rejected: Partial<Record<RejectionReason, number>> = {};
  private taken = 0;
  private expired = 0;
  private exposedMinutes = 0;
  private exposedLast = false;
  private at: EpochMs;

  constructor(options: { readonly initialBalance: Money; readonly from: EpochMs }) {
    this.initialBalance = options.initialBalance;
    this.from = this.at = options.from;
    this.equity = new EquityCurve(options.initialBalance, options.from);
  }

  /** Adds the next tape. Skips minutes before `from`; carries values forward between tapes. */
  add(result: TapeResult): void {
    const { start, minutes, equity, exposed, events } = result;
    this.equity.add(start, equity);
    const first = Math.max(0, (this.from - start) / MINUTE_MS);
    this.carry(start);
    for (let i = first; i < minutes; i++) if (exposed[i]! > 0) this.exposedMinutes++;
    if (minutes > first) {
      this.exposedLast = exposed[minutes - 1]! > 0;
      this.at = start + minutes * MINUTE_MS;
    }
    for (const event of events) this.take(event, result);
  }

  /**
   * Ends the run with the equity and `events` of the final liquidation, replacing the last mark.
   */
  finish(finalEquity: Money, at: EpochMs, events: readonly PositionEvent[] = []): void {
    this.carry(at);
    this.equity.finish(finalEquity, at);
    for (const event of events) this.take(event, null);
  }

  /** The closed trades, in the order of their entries. */
  trades(): Trade[] {
    return [...this.closed].sort((a, b) => a.number - b.number);
  }

  outcomes(): Outcomes {
    return { taken: this.taken, expired: this.expired, rejected: { ...this.rejected } };
  }

  /** Equity at day closes, at the close of minutes with a fill, and at up to 128 even steps. */
  curve(): EquityPoint[] {
    const byTime = new Map([...this.tradeMarks, ...this.equity.curve()].map(point => [point.at, point]));
    return [...byTime.values()].sort((a, b) => a.at - b.at);
  }

  /** Available after `finish`; for other trades if given, in the order of their closes. */
  metrics(closed: readonly ClosedTrade[] = this.closed): Metrics {
    const measured = new Measured();
    const equity = this.equity.metrics();
    const trades = tradeMetrics(closed, this.initialBalance);
    const minutes = (this.at - this.from) / MINUTE_MS;
    const exposure = measured.value(
      'exposure',
      minutes === 0 && 'no time has passed',
      () => this.exposedMinutes / minutes,
    );
    return {
      ...equity,
      ...trades,
      elapsedDays: (this.at - this.from) / DAY_MS,
      exposure,
      reasons: { ...equity.reasons, ...trades.reasons, ...measured.reasons },
    };
  }

  private carry(to: EpochMs): void {
    if (to <= this.at) return;
    if (this.exposedLast) this.exposedMinutes += (to - this.at) / MINUTE_MS;
    this.at = to;
  }

  private take(event: PositionEvent, tape: TapeResult | null): void {
    if (event.kind === 'expired') this.expired++;
    else if (event.kind === 'rejected') this.rejected[event.reason] = (this.rejected[event.reason] ?? 0) + 1;
    else if (event.kind === 'opened') this.taken++;
    else if (event.kind === 'exited' && event.closed) this.closed.push(event.trade);
    if (tape && (event.kind === 'opened' || event.kind === 'exited')) this.mark(event.at, event.kind, tape);
  }

  /** Keeps the mark of a fill's minute; entries carry its open time, exits its close time. */
  private mark(at: EpochMs, kind: 'opened' | 'exited', { start, equity }: TapeResult): void {
    const minute = (at - start) / MINUTE_MS - (kind === 'exited' ? 1 : 0);
    if (minute < 0 || minute >= equity.length) return;
    this.tradeMarks.push({ at: start + (minute + 1) * MINUTE_MS, equity: equity[minute]! });
  }
}
