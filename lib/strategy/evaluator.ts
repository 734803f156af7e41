import type { IndicatorColumns } from '../indicators/columns.js';
import type { Opportunity } from '../portfolio/events.js';
import { Cell, laneEnd, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import type { Listing } from '../universe/universe.js';
import { compileLane, type DecideLane, type Step } from './compile.js';
import { valueNameOf, type ColumnOperand, type Operand, type Strategy, type StrategyTerms } from './condition.js';
import { Decision } from './decisions.js';

/** Candles that each timeframe must have before the strategy is evaluated. */
export const CANDLES_NEEDED = 200;

/** A tape with every column that a strategy reads, cell by cell. */
export interface EvaluationTape extends Tape {
  readonly indicators: IndicatorColumns;
  /** Candles of each timeframe in the running series, by its minutes. */
  readonly candles: ReadonlyMap<number, Uint32Array>;
  readonly verdict: Uint8Array;
}

/** The decisions of a strategy on a tape. */
export interface Evaluation {
  /** One of `Decision` for each cell. */
  readonly decision: Uint8Array;
  /** By time, then higher score first, then symbol. */
  readonly opportunities: readonly Opportunity[];
}

/** A strategy prepared for a configuration: the same for all tapes that carry it. */
interface Plan {
  readonly terms: StrategyTerms;
  readonly steps: readonly Step[];
  readonly decideLane: DecideLane;
  /** The columns that are read, each once. */
  readonly current: readonly string[];
  /** Those whose value of the candle before is read. */
  readonly previous: readonly string[];
  /** Minutes of each timeframe that is read, 1 included. */
  readonly timeframes: readonly number[];
}

const TIMEFRAME = /^(\d+)m\./;

const planOf = (strategy: Strategy, terms: StrategyTerms): Plan => {
  const steps = strategy.conditions.flatMap(({ comparisons }, condition) =>
    comparisons(terms).map(comparison => ({ ...comparison, condition })),
  );
  const operands = steps
    .flatMap(({ value, threshold }): Operand[] => [value, threshold])
    .filter((operand): operand is ColumnOperand => typeof operand !== 'number');
  const columnsWhere = (isPrevious: boolean) => [
    ...new Set(operands.filter(operand => (operand.isPrevious ?? false) === isPrevious).map(({ column }) => column)),
  ];
  const minutes = operands.flatMap(({ column }) => TIMEFRAME.exec(column)?.[1] ?? []);
  const current = columnsWhere(false);
  const previous = columnsWhere(true);
  return {
    terms,
    steps,
    decideLane: compileLane(steps, current, previous),
    current,
    previous,
    timeframes: [...new Set([1, ...minutes.map(Number)])],
  };
};

const PRICES = ['open', 'high', 'low', 'close', 'volume'] as const;

const isPrice = (name: string): boolean => PRICES.some(key => key === name);

const columnOf = (tape: EvaluationTape, name: string): Float64Array => {
  const price = PRICES.find(key => key === name);
  const column = price ? tape[price] : tape.indicators.get(name);
  if (!column) throw new Error(`no indicator column ${name}`);
  return column;
};

// A few columns at a time: several times as fast as checking every column for each row.

/** Sets each row of `state` to NaN if one of the columns is null; a NaN stays one. */
const markNulls = (state: Float64Array, columns: readonly Float64Array[], lane: number): void => {
  for (let n = 0; n < columns.length; n += 4) {
    const a = columns[n]!;
    const b = columns[n + 1] ?? a;
    const c = columns[n + 2] ?? a;
    const d = columns[n + 3] ?? a;
    for (let row = 0, at = lane; row < state.length; row++, at++)
      state[row]! += 0 * (a[at]! + b[at]! + c[at]! + d[at]!);
  }
};

/** Sets each row of `state` with too few candles before it to -1. */
const markYoung = (state: Float64Array, count: Uint32Array, lane: number): void => {
  for (let row = 0; row < state.length; row++) if (count[lane + row]! < CANDLES_NEEDED) state[row] = -1;
};

const clip = (value: number): number => Math.min(1, Math.max(0, value));
const surplus = (value: number, threshold: number): number =>
  threshold <= 0 ? 1 : clip((value - threshold) / threshold);

/** Evaluates a strategy's conditions on tapes, with its state from tape to tape. */
export class StrategyEvaluator {
  private readonly strategy: Strategy;
  private readonly listings: readonly Listing[];
  private plan: Plan | undefined;
  /** By column whose previous value is read: each market's value at its last known candle. */
  private readonly lastValues = new Map<string, Float64Array>();
  /** The minute after that candle, by market; NaN before the first. */
  private readonly next: Float64Array;

  constructor(strategy: Strategy, listings: readonly Listing[]) {
    this.strategy = strategy;
    this.listings = listings;
    this.next = new Float64Array(listings.length).fill(NaN);
  }

  /**
   * Evaluates the candles that open at or after `from` and before `to`; earlier ones only warm up.
   * Each market has its own position in time: the minutes of a late tape follow those before, and
   * no minute is evaluated twice.
   */
  evaluate(tape: EvaluationTape, terms: StrategyTerms, from: EpochMs, to: EpochMs): Evaluation {
    const plan = this.planFor(terms);
    const { minutes, markets, start } = tape;
    const current = plan.current.map(name => columnOf(tape, name));
    const nullable = current.filter((_, i) => !isPrice(plan.current[i]!));
    const counts = plan.timeframes.map(timeframe => tape.candles.get(timeframe)!);
    const decision = new Uint8Array(minutes * markets);
    const found: Opportunity[] = [];
    const first = Math.max(0, Math.ceil((from - start) / MINUTE_MS));
    const end = Math.min(minutes, Math.ceil((to - start) / MINUTE_MS));
    /**
     * Why a row of a lane is not evaluated: NaN where an indicator is null, -1 where a timeframe is
     * too young, else 0.
     */
    const state = new Float64Array(minutes);
    const previous = new Map(plan.previous.map(name => [name, new Float64Array(minutes)]));
    const before = [...previous.values()];
    const { cell, verdict } = tape;

    for (let market = 0; market < markets; market++) {
      if (this.listings[market]!.auxiliary) continue; // stays outside
      const lane = market * minutes;
      const next = this.next[market]!;
      const passed = Math.max(0, Math.min(minutes, (next - start) / MINUTE_MS)) || 0; // NaN: nothing has passed yet
      if (first < end) {
        const begin = Math.max(first, passed);
        const follows = start + passed * MINUTE_MS === next;
        for (const [name, values] of previous) {
          const column = columnOf(tape, name);
          if (begin < end) values.set(column.subarray(lane + begin, lane + end - 1), begin + 1);
          values[begin] =
            first > passed ? column[lane + first - 1]! : follows ? this.lastValues.get(name)![market]! : NaN;
        }
        state.fill(0);
        markNulls(state, nullable, lane);
        for (const count of counts) markYoung(state, count, lane);
        for (let row = first; row < Math.min(passed, end); row++)
          if (tape.cell[lane + row] === Cell.absent) decision[lane + row] = Decision.gap;
        const hits: number[] = [];
        plan.decideLane({ cell, verdict, state, lane, first: begin, end }, current, before, decision, hits);
        for (const row of hits) found.push(opportunityAt(tape, plan, previous, market, row));
      }
      const known = laneEnd(tape, market);
      if (known <= passed) continue;
      for (const [name, values] of this.lastValues) values[market] = columnOf(tape, name)[lane + known - 1]!;
      this.next[market] = start + known * MINUTE_MS;
    }
    found.sort((a, b) => a.at - b.at || b.score - a.score || a.market - b.market);
    return { decision, opportunities: found };
  }

  private planFor(terms: StrategyTerms): Plan {
    const { plan, listings } = this;
    if (plan && plan.terms.indicators === terms.indicators && plan.terms.strategy === terms.strategy) return plan;
    const made = planOf(this.strategy, terms);
    this.plan = made;
    for (const name of this.lastValues.keys()) if (!made.previous.includes(name)) this.lastValues.delete(name);
    for (const name of made.previous)
      if (!this.lastValues.has(name)) this.lastValues.set(name, new Float64Array(listings.length).fill(NaN));
    return made;
  }
}

/**
 * The opportunity on a row of a market's lane: its score, and every value that the conditions read.
 */
const opportunityAt = (
  tape: EvaluationTape,
  { steps }: Plan,
  previous: ReadonlyMap<string, Float64Array>,
  market: number,
  row: number,
): Opportunity => {
  const cell = market * tape.minutes + row;
  const read = ({ column, isPrevious }: ColumnOperand): number =>
    isPrevious ? previous.get(column)![row]! : columnOf(tape, column)[cell]!;
  const amount = (operand: Operand): number =>
    typeof operand === 'number' ? operand : (operand.factor ?? 1) * read(operand);
  const parts = steps
    .filter(({ isScored }) => isScored)
    .map(({ value, threshold }) => surplus(amount(value), amount(threshold)));
  const values: Record<string, number> = {};
  for (const operand of steps.flatMap(({ value, threshold }): Operand[] => [value, threshold]))
    if (typeof operand !== 'number') values[valueNameOf(operand)] = read(operand);
  return {
    market,
    at: tape.start + row * MINUTE_MS,
    close: tape.close[cell]!,
    score: parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + part, 0) / parts.length,
    values,
  };
};
