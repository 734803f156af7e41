import type { IndicatorColumns } from '../indicators/columns.js';
import type { Opportunity } from '../portfolio/events.js';
import { Cell, laneEnd, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import type { Listing } from '../universe/universe.js';
import { priceNamed, wholeKind, type CandleKind, type PriceName } from '../indicators/request.js';
import { compileLane, type DecideLane, type Step } from './compile.js';
import {
  amountOf,
  columnsOf,
  laggedIn,
  valueNameOf,
  type ColumnOperand,
  type ComparisonSign,
  type Lagged,
  type Strategy,
  type StrategyTerms,
} from './condition.js';
import { Decision } from './decisions.js';
import type { TapeMasks } from './masks.js';
import { RowEvaluator, type StrategyFailure } from './rows.js';
import { CANDLES_NEEDED } from './warm-up.js';

/** A tape with every column that a strategy reads, cell by cell. */
export interface EvaluationTape extends Tape {
  readonly indicators: IndicatorColumns;
  readonly context?: ReadonlyMap<string, Float64Array>;
  /** Candles of each kind in the running series. */
  readonly candles: ReadonlyMap<CandleKind, Uint32Array>;
  readonly verdict: Uint8Array;
}

/** The decisions of a strategy on a tape. */
export interface Evaluation {
  /** For each cell the code of one of the strategy's decisions (`decisionsOf`). */
  readonly decision: Uint8Array;
  /** By time, then higher score first, then symbol. */
  readonly opportunities: readonly Opportunity[];
  /** Failures of the strategy's own code; empty for conditions that are data. */
  readonly failures: readonly Failure[];
}

/** A failure of a strategy's own code. */
export interface Failure {
  readonly market: number;
  /** The candle's open time. */
  readonly at: EpochMs;
  readonly error: Error;
  /** Whether the function that failed was switched off on its market by it. */
  readonly isLast: boolean;
  /** That it is of the exit, so that entries are decided as before. */
  readonly isExit?: true;
}

/** A strategy prepared for a configuration: the same for all tapes that carry it. */
interface Plan {
  readonly terms: StrategyTerms;
  readonly steps: readonly Step[];
  readonly decideLane: DecideLane;
  /** The columns that are read, each once. */
  readonly current: readonly string[];
  /** Those of which earlier values are read. */
  readonly previous: readonly Lagged[];
  /** Candles that are needed of each timeframe that is read, 1 included, by kind. */
  readonly needed: ReadonlyMap<CandleKind, number>;
  /** Names the columns that may be null, and the candles that are needed: the same for equal ones. */
  readonly reads: string;
}

const TIMEFRAME = /^(\d+)m\./;

const lagKey = ({ column, lag }: Lagged): string => `${lag} ${column}`;

/** The candles of a timeframe that a strategy needs, by kind. */
const neededOf = ({ needed }: Strategy, timeframe: number): readonly (readonly [CandleKind, number])[] => {
  const found = [timeframe, wholeKind(timeframe)].flatMap(kind => {
    const candles = needed?.get(kind);
    return candles === undefined ? [] : [[kind, candles] as const];
  });
  return found.length > 0 ? found : [[timeframe, CANDLES_NEEDED]];
};

const planOf = (strategy: Strategy, terms: StrategyTerms): Plan => {
  const steps = strategy.conditions.flatMap(({ comparisons }, condition) =>
    comparisons(terms).map(comparison => ({ ...comparison, condition })),
  );
  const columns = columnsOf(steps);
  const current = [
    ...new Set([
      ...columns.filter(({ lag = 0 }) => lag === 0).map(({ column }) => column),
      ...(strategy.row?.columns.values() ?? []),
    ]),
  ];
  const previous = [...new Map(laggedIn(columns).map(one => [lagKey(one), one])).values()];
  const minutes = [...columns.map(({ column }) => column), ...current].flatMap(
    column => TIMEFRAME.exec(column)?.[1] ?? [],
  );
  const timeframes = [...new Set([1, ...minutes.map(Number)])];
  const needed = new Map(timeframes.flatMap(timeframe => neededOf(strategy, timeframe)));
  return {
    terms,
    steps,
    decideLane: compileLane(steps, current, previous, Decision.firstCondition + strategy.conditions.length),
    current,
    previous,
    needed,
    reads: JSON.stringify([current.filter(name => !priceNamed(name)).sort(), [...needed]]),
  };
};

/** A column of a tape by its name: of its candles, its indicators or its context. */
export const columnNamed = (
  tape: Pick<EvaluationTape, PriceName | 'indicators' | 'context'>,
  name: string,
): Float64Array | undefined => {
  const price = priceNamed(name);
  return price ? tape[price] : (tape.indicators.get(name) ?? tape.context?.get(name));
};

const columnOf = (tape: EvaluationTape, name: string): Float64Array => {
  const column = columnNamed(tape, name);
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
const markYoung = (state: Float64Array, count: Uint32Array, needed: number, lane: number): void => {
  for (let row = 0; row < state.length; row++) if (count[lane + row]! < needed) state[row] = -1;
};

/** The rows of a lane that are new, and what came before them. */
interface Stretch {
  readonly lane: number;
  /** The first row that was not seen yet. */
  readonly passed: number;
  /** Whether that row follows the last candle seen. */
  readonly follows: boolean;
}

/**
 * Writes to the rows `begin` (inclusive) to `end` (exclusive) of `values` the column's value `lag`
 * candles back; `kept` are the last `lag` values before the stretch. NaN where the series (its
 * candles so far in `count`) is too short.
 */
const readBack = (
  { lane, passed, follows }: Stretch,
  { lag }: Lagged,
  column: Float64Array,
  kept: Float64Array,
  count: Uint32Array,
  begin: number,
  end: number,
  values: Float64Array,
): void => {
  const inTape = Math.max(begin, passed + lag);
  if (inTape < end) values.set(column.subarray(lane + inTape - lag, lane + end - lag), inTape);
  for (let row = begin; row < Math.min(inTape, end); row++) values[row] = follows ? kept[row - passed]! : NaN;
  for (let row = begin; row < end; row++) if (count[lane + row]! <= lag) values[row] = NaN;
};

/** Keeps the column's last values up to the row `known` (exclusive), the newest last. */
const keepLast = (
  { lane, passed, follows }: Stretch,
  column: Float64Array,
  known: number,
  kept: Float64Array,
): void => {
  for (let i = 0; i < kept.length; i++) {
    const row = known - kept.length + i;
    if (row >= passed) kept[i] = column[lane + row]!;
    else kept[i] = follows ? kept[row - passed + kept.length]! : NaN;
  }
};

const clip = (value: number): number => Math.min(1, Math.max(0, value));
/** How far a value lies beyond its threshold, relative to it, from 0 to 1. */
const surplus = (sign: ComparisonSign, value: number, threshold: number): number => {
  if (threshold <= 0) return 1;
  const distance = sign === '<' || sign === '≤' ? threshold - value : value - threshold;
  return clip(distance / threshold);
};

/** Evaluates a strategy's conditions on tapes, with its state from tape to tape. */
export class StrategyEvaluator {
  readonly strategy: Strategy;
  private readonly listings: readonly Listing[];
  private readonly rows: RowEvaluator | null;
  /** Of `rows`: by column, each market's last values. */
  private readonly lastRows: readonly (readonly Float64Array[])[];
  private plan: Plan | undefined;
  /** By `lagKey`: each market's last values, as many as the lag, up to its last known candle. */
  private readonly lastValues = new Map<string, readonly Float64Array[]>();
  /** The minute after that candle, by market; NaN before the first. */
  private readonly next: Float64Array;

  /**
   * `others` have evaluated the same tapes so far: it continues where they are, with the values of
   * earlier candles that they keep.
   */
  constructor(strategy: Strategy, listings: readonly Listing[], others: readonly StrategyEvaluator[] = []) {
    this.strategy = strategy;
    this.listings = listings;
    this.next = others[0]?.next.slice() ?? new Float64Array(listings.length).fill(NaN);
    for (const { lastValues } of others)
      for (const [key, values] of lastValues)
        this.lastValues.set(
          key,
          values.map(kept => kept.slice()),
        );
    const { row } = strategy;
    this.rows = row ? new RowEvaluator(strategy, row, listings.length) : null;
    this.lastRows = this.rows
      ? this.rows.keys.map(() => Array.from(listings, () => new Float64Array(row!.lookBack).fill(NaN)))
      : [];
  }

  /**
   * Evaluates the candles that open at or after `from` and before `to`; earlier ones only warm up.
   * Each market has its own position in time: the minutes of a late tape follow those before, and
   * no minute is evaluated twice. Several strategies that evaluate the tape share its `masks`.
   */
  evaluate(tape: EvaluationTape, terms: StrategyTerms, from: EpochMs, to: EpochMs, masks?: TapeMasks): Evaluation {
    const { guard } = this.strategy;
    if (!guard || !this.rows) return this.evaluated(tape, terms, from, to, masks);
    return guard.within(() => this.evaluated(tape, terms, from, to, masks));
  }

  private evaluated(
    tape: EvaluationTape,
    terms: StrategyTerms,
    from: EpochMs,
    to: EpochMs,
    masks: TapeMasks | undefined,
  ): Evaluation {
    const plan = this.planFor(terms);
    const { minutes, markets, start } = tape;
    const { rows, lastRows } = this;
    const current = plan.current.map(name => columnOf(tape, name));
    const nullable = current.filter((_, i) => !priceNamed(plan.current[i]!));
    const counts = [...plan.needed].map(([kind, needed]) => ({ count: tape.candles.get(kind)!, needed }));
    const ofMinute = tape.candles.get(1)!;
    const decision = new Uint8Array(minutes * markets);
    const found: Opportunity[] = [];
    const first = Math.max(0, Math.ceil((from - start) / MINUTE_MS));
    const end = Math.min(minutes, Math.ceil((to - start) / MINUTE_MS));
    /**
     * Why a row of a lane is not evaluated: NaN where an indicator is null, -1 where a timeframe is
     * too young, else 0.
     */
    const scratch = new Float64Array(minutes);
    const shared = masks?.of(plan.reads);
    const lags = plan.previous.map(lagged => ({
      lagged,
      column: columnOf(tape, lagged.column),
      values: new Float64Array(minutes),
      kept: this.lastValues.get(lagKey(lagged))!,
    }));
    const before = lags.map(({ values }) => values);
    const { cell, verdict } = tape;
    const rowColumns = rows ? rows.keys.map(key => columnOf(tape, key)) : [];
    const failures = (this.strategy.takeColumnFailures?.() ?? []).map(({ cell: at, ...failure }): Failure => ({
      ...failure,
      market: Math.floor(at / minutes),
      isLast: false,
    }));

    for (let market = 0; market < markets; market++) {
      if (this.listings[market]!.auxiliary) continue; // stays outside
      const lane = market * minutes;
      const next = this.next[market]!;
      const passed = Math.max(0, Math.min(minutes, (next - start) / MINUTE_MS)) || 0; // NaN: nothing has passed yet
      const stretch: Stretch = { lane, passed, follows: start + passed * MINUTE_MS === next };
      if (first < end) {
        const begin = Math.max(first, passed);
        for (const { lagged, column, values, kept } of lags)
          readBack(stretch, lagged, column, kept[market]!, ofMinute, begin, end, values);
        const state = shared?.state.subarray(lane, lane + minutes) ?? scratch;
        if (shared?.isMarked[market] !== 1) {
          state.fill(0);
          markNulls(state, nullable, lane);
          for (const { count, needed } of counts) markYoung(state, count, needed, lane);
          if (shared) shared.isMarked[market] = 1;
        }
        for (let row = first; row < Math.min(passed, end); row++)
          if (tape.cell[lane + row] === Cell.absent) decision[lane + row] = Decision.gap;
        const hits: number[] = [];
        const lookedAt = { cell, verdict, state, lane, first: begin, end };
        if (rows) {
          const scores: number[] = [];
          const failed: StrategyFailure[] = [];
          const kept = lastRows.map(each => each[market]!);
          const looking = { columns: rowColumns, kept, passed, follows: stretch.follows, count: ofMinute };
          rows.decide(lookedAt, market, looking, decision, hits, scores, failed);
          if (!this.strategy.isExit)
            hits.forEach((row, i) => found.push(rowOpportunity(tape, rows, rowColumns, market, row, scores[i]!)));
          for (const [i, { row, error }] of failed.entries())
            failures.push({
              market,
              at: start + row * MINUTE_MS,
              error,
              isLast: rows.isOff(market) && i === failed.length - 1,
            });
        } else {
          plan.decideLane(lookedAt, current, before, decision, hits);
          if (!this.strategy.isExit) for (const row of hits) found.push(opportunityAt(tape, plan, before, market, row));
        }
      }
      const known = laneEnd(tape, market);
      if (known <= passed) continue;
      for (const { column, kept } of lags) keepLast(stretch, column, known, kept[market]!);
      rowColumns.forEach((column, n) => keepLast(stretch, column, known, lastRows[n]![market]!));
      this.next[market] = start + known * MINUTE_MS;
    }
    found.sort((a, b) => a.at - b.at || b.score - a.score || a.market - b.market);
    return { decision, opportunities: found, failures };
  }

  private planFor(terms: StrategyTerms): Plan {
    const { plan, listings, lastValues } = this;
    if (plan && plan.terms.indicators === terms.indicators && plan.terms.strategy === terms.strategy) return plan;
    const made = planOf(this.strategy, terms);
    this.plan = made;
    const kept = new Map(made.previous.map(lagged => [lagKey(lagged), lagged.lag]));
    for (const key of lastValues.keys()) if (!kept.has(key)) lastValues.delete(key);
    for (const [key, lag] of kept)
      if (!lastValues.has(key))
        lastValues.set(
          key,
          Array.from(listings, () => new Float64Array(lag).fill(NaN)),
        );
    return made;
  }
}

/**
 * The opportunity on a row of a market's lane: its score, and every value that the conditions read.
 */
const opportunityAt = (
  tape: EvaluationTape,
  { steps, previous }: Plan,
  before: readonly Float64Array[],
  market: number,
  row: number,
): Opportunity => {
  const cell = market * tape.minutes + row;
  const read = ({ column, lag = 0 }: ColumnOperand): number =>
    lag > 0
      ? before[previous.findIndex(one => one.column === column && one.lag === lag)]![row]!
      : columnOf(tape, column)[cell]!;
  const parts = steps
    .filter(({ isScored }) => isScored)
    .map(({ value, sign, threshold }) => surplus(sign, amountOf(value, read), amountOf(threshold, read)));
  const values: Record<string, number> = {};
  for (const operand of columnsOf(steps)) values[valueNameOf(operand)] = read(operand);
  return {
    market,
    at: tape.start + row * MINUTE_MS,
    close: tape.close[cell]!,
    score: parts.length === 0 ? 1 : parts.reduce((sum, part) => sum + part, 0) / parts.length,
    values,
  };
};

/** The opportunity on a row by a strategy's function: the values are those of its columns. */
const rowOpportunity = (
  tape: EvaluationTape,
  { keys }: RowEvaluator,
  columns: readonly Float64Array[],
  market: number,
  row: number,
  score: number,
): Opportunity => {
  const cell = market * tape.minutes + row;
  return {
    market,
    at: tape.start + row * MINUTE_MS,
    close: tape.close[cell]!,
    score,
    values: Object.fromEntries(keys.map((key, n) => [key, columns[n]![cell]!])),
  };
};
