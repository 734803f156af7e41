import type { Market } from '../market.js';
import type { PositionEvent } from '../portfolio/events.js';
import type { Settings } from '../settings/settings.js';
import { failureText, type Strategy } from '../strategy/condition.js';
import type { Failure } from '../strategy/evaluator.js';
import type { Tape } from '../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs, type Money } from '../units.js';
import { bitcoinHeld, equalWeightHeld, type BuyAndHold } from './benchmark.js';
import { CellTally, type CellCounts } from './cell-tally.js';
import { DecisionTally, type Decided, type DecisionCounts } from './decision-tally.js';
import type { EquityMark } from '../portfolio/mark.js';
import { Performance, type TapeResult } from './performance.js';
import { isoTime } from './time.js';

/** Results of a processed tape. */
export interface SettledStep extends TapeResult {
  readonly tape: Tape & Decided & { readonly failures?: readonly Failure[] };
  /** Fills that walked a stored order book. */
  readonly walked: number;
}

/** Options of a tally. */
export interface TallyOptions {
  /** By lane; only the first `traded` are decided on, the others provide conversion prices. */
  readonly markets: readonly Market[];
  readonly traded: number;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  readonly settings: Settings;
  /** Default momentum. */
  readonly strategy?: Strategy;
}

/** Folds what a strategy did into its figures, tape by tape, without keeping the tapes. */
export class StrategyTally {
  readonly performance: Performance;
  protected readonly markets: readonly Market[];
  protected readonly traded: number;
  private readonly decided: DecisionTally;
  private readonly strategy: Pick<Strategy, 'placeOf'>;
  private walkedFills = 0;
  private failed = 0;
  private firstFailure: Failure | undefined;
  private switchedOff: Failure | undefined;
  private exitOff: Failure | undefined;

  constructor({ markets, traded, from, settings, strategy }: TallyOptions) {
    this.markets = markets;
    this.traded = traded;
    this.performance = new Performance({ initialBalance: settings.portfolio.initialBalance, from });
    this.decided = new DecisionTally(markets.length, strategy);
    this.strategy = strategy ?? {};
  }

  /** Adds the next tape. */
  add(settled: SettledStep): void {
    this.performance.add(settled);
    this.decided.add(settled.tape);
    this.walkedFills += settled.walked;
    for (const failure of settled.tape.failures ?? []) {
      this.failed++;
      this.firstFailure ??= failure;
      if (!failure.isLast) continue;
      if (failure.isExit) this.exitOff ??= failure;
      else this.switchedOff ??= failure;
    }
  }

  /** Failures of the strategy's own code, in sentences. */
  failures(): readonly string[] {
    const { failed, firstFailure: first, switchedOff, exitOff } = this;
    if (!first) return [];
    const candle = ({ market, at }: Failure) => `${this.markets[market]!.symbol} at ${isoTime(at)}`;
    return [
      `the strategy failed on ${failed} ${failed === 1 ? 'candle' : 'candles'}, first on ${candle(first)}: ${failureText(this.strategy, first.error)}`,
      ...(switchedOff
        ? [`after three failures in a row on a market it decides nothing there: first on ${candle(switchedOff)}`]
        : []),
      ...(exitOff
        ? [
            `after three failures of its exit in a row on a market it buys there as before, but its exit sells nothing: first on ${candle(exitOff)}`,
          ]
        : []),
    ];
  }

  /** Ends the run at the end of the data. */
  finish(equity: Money, at: EpochMs, events: readonly PositionEvent[]): void {
    this.performance.finish(equity, at, events);
  }

  /** By lane, of the markets that are decided on. */
  decisions(): readonly DecisionCounts[] {
    return Array.from({ length: this.traded }, (_, lane) => this.decided.of(lane));
  }

  /** Fills that walked a stored order book. */
  walked(): number {
    return this.walkedFills;
  }
}

/** Folds a run into its figures: those of its main strategy, and those of its markets. */
export class Tally extends StrategyTally {
  private readonly bitcoin: BuyAndHold;
  private readonly equalWeight: BuyAndHold;
  private readonly kinds: CellTally;

  constructor(options: TallyOptions) {
    super(options);
    const { markets, traded, from, to, settings } = options;
    const { initialBalance, currency } = settings.portfolio;
    const world = { markets, currency, initialBalance, takerFee: settings.costs.takerFee, from, to };
    this.bitcoin = bitcoinHeld(world);
    this.equalWeight = equalWeightHeld(world, [...Array(traded).keys()]);
    this.kinds = new CellTally(traded, from, to);
  }

  override add(settled: SettledStep): void {
    super.add(settled);
    this.bitcoin.add(settled.tape);
    this.equalWeight.add(settled.tape);
    this.kinds.add(settled.tape);
  }

  override finish(equity: Money, at: EpochMs, events: readonly PositionEvent[]): void {
    super.finish(equity, at, events);
    this.bitcoin.finish();
    this.equalWeight.finish();
  }

  /** Minutes of the period by kind. */
  cells(): CellCounts {
    return this.kinds.counts();
  }

  /** By lane: number of known minutes before the period. */
  knownBefore(): readonly number[] {
    return this.kinds.knownBefore();
  }

  benchmarks() {
    return { bitcoin: this.bitcoin.metrics(), equalWeight: this.equalWeight.metrics() };
  }
}

/** The marks of a tape to store, in order of time. */
export const equityMarks = ({ start, minutes, equity, exposed, events }: TapeResult): readonly EquityMark[] => {
  const marks: EquityMark[] = [];
  const mark = (at: EpochMs, kind: EquityMark['kind']): void => {
    const minute = (at - start) / MINUTE_MS - 1; // the one that closes at `at`
    const openValue = exposed[minute]!;
    marks.push({ at, kind, cash: equity[minute]! - openValue, openValue });
  };
  for (let at = (Math.floor(start / DAY_MS) + 1) * DAY_MS; at <= start + minutes * MINUTE_MS; at += DAY_MS)
    mark(at, 'day');
  for (const event of events) {
    if (event.kind === 'opened') mark(event.at + MINUTE_MS, 'entry');
    if (event.kind === 'exited') mark(event.at, 'exit');
  }
  return marks.sort((a, b) => a.at - b.at);
};
