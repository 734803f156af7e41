import {
  BARRIER_EXITS,
  MISSING_REASONS,
  datasetColumns,
  indicatorColumn,
  requestedKeys,
  type Column,
  type MissingReason,
  type ColumnRole,
} from './columns.js';
import { CONTEXT_KEYS, type ContextColumns } from '../cross-market/columns.js';
import { indicatorKeys } from '../indicators/catalogue.js';
import { TripleBarrier, lookAhead } from './barrier.js';
import { forwardReturns } from './forward.js';
import { laneOf, type LabelLane } from './lane.js';
import type { Opportunity } from '../portfolio/events.js';
import { valuesForStops } from '../portfolio/exit-catalogue.js';
import type { CandleValues } from '../portfolio/exit-rule.js';
import type { Settings } from '../settings/settings.js';
import type { EvaluationTape } from '../strategy/evaluator.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../strategy/setup.js';
import { Cell, emptyTape, type Tape } from '../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../units.js';
import type { Listing } from '../universe/universe.js';
import type { Block } from './block.js';
import { snapshotValues, type Snapshot } from './book.js';
import { testedIn, trainsFrom, type Fold } from './folds.js';
import { STORED, type StoredMinutes } from './stored.js';

const DAY = DAY_MS / MINUTE_MS;
/** Columns of these roles are only copied: unselected ones are skipped, except these times. */
const COPIED: ReadonlySet<ColumnRole> = new Set(['feature', 'record']);
const TIMES: ReadonlySet<string> = new Set(['universe_at', 'settled_at']);

/** Parameters of the rows. */
export interface RowTerms {
  /** Markets of the dataset: the first lanes of every tape. */
  readonly listings: readonly Listing[];
  readonly settings: Settings;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly horizons: readonly number[];
  /** Columns of the blocks, a selection of `datasetColumns`. */
  readonly columns: readonly Column[];
  readonly folds: readonly Fold[];
  /** The strategy whose decisions they have; default momentum. */
  readonly setup?: StrategySetup;
  /** Open time of the last stored candle of each lane. */
  readonly lastStored: readonly EpochMs[];
  /** Maximum minutes of a tape. */
  readonly minutesPerTape: number;
}

/**
 * A tape with decisions on values as first seen, settled candles and stored columns, on one grid.
 */
export interface ExportTape {
  readonly signal: EvaluationTape & {
    readonly context: ContextColumns;
    readonly decision: Uint8Array;
    readonly opportunities: readonly Opportunity[];
    readonly exits: Uint8Array | null;
  };
  readonly settled: Tape;
  readonly stored: StoredMinutes;
}

/** Number of minutes after a row that its labels may use. */
export const labelMinutes = (settings: Settings, horizons: readonly number[]): number =>
  Math.max(...horizons, lookAhead({ risk: settings.risk, maxHoldingMinutes: settings.labels.maxHoldingMinutes }));

type Day = ReadonlyMap<string, Float64Array>;

/** Sets a value if the column is selected. */
const put = (day: Day, name: string, row: number, value: number): void => {
  const column = day.get(name);
  if (column) column[row] = value;
};

/** Collects tapes into rows of whole days, and adds labels once enough later minutes are known. */
export class DatasetRows {
  private readonly terms: RowTerms;
  /** Columns of an unfinished day: those of the blocks and inputs of computed ones. */
  private readonly names: readonly string[];
  private readonly indicators: readonly (readonly [key: string, column: string])[];
  private readonly barriers: readonly TripleBarrier[];
  /** The values that first stops read, by name, each with its column. */
  private readonly stopValues: readonly (readonly [name: string, column: string])[];
  private readonly ahead: number;
  /** Settled candles from the first unfinished day on. */
  private window: Tape;
  /** Exit signals by cell of the window; null for a strategy without exits. */
  private exits: Uint8Array | null;
  /** Open time up to which tapes have arrived. */
  private reached: EpochMs;
  /** Unfinished days by start; columns per market. */
  private readonly days = new Map<EpochMs, readonly Day[]>();
  /** Whether each market's last minute was present. */
  private readonly follows: boolean[];
  private readonly newest: (Snapshot | undefined)[];
  /** By market: minutes of the window whose prices settled after their close, with that time. */
  private readonly revised: { readonly at: EpochMs; readonly settledAt: EpochMs }[][];

  constructor(terms: RowTerms) {
    const { listings, settings, horizons, columns, from, minutesPerTape, setup = MOMENTUM_SETUP } = terms;
    const { risk, costs, labels, portfolio } = settings;
    this.terms = terms;
    const computed = datasetColumns(settings, horizons, setup).filter(
      ({ name, role }) => !COPIED.has(role) || TIMES.has(name),
    );
    const names = new Set([...columns, ...computed].map(({ name }) => name));
    names.delete('market');
    this.stopValues = Object.entries(valuesForStops(risk, settings.indicators)).map(([name, key]) => [
      name,
      indicatorColumn(key),
    ]);
    for (const [, column] of this.stopValues) names.add(column);
    this.names = [...names, 'stored', 'revised_at'];
    const keys = [...indicatorKeys(settings.indicators), ...requestedKeys(settings, setup)];
    this.indicators = keys.map(key => [key, indicatorColumn(key)]);
    this.ahead = labelMinutes(settings, horizons);
    const { maxHoldingMinutes } = labels;
    const barrier = { risk, costs, maxHoldingMinutes, balance: portfolio.initialBalance };
    this.barriers = listings.map(({ market }) => new TripleBarrier(market, barrier));
    const start = Math.floor(from / DAY_MS) * DAY_MS;
    this.reached = start;
    this.window = emptyTape(start, DAY + this.ahead + minutesPerTape, listings.length);
    this.exits = setup.strategy.exits ? new Uint8Array(this.window.cell.length) : null;
    this.follows = listings.map(() => false);
    this.newest = listings.map(() => undefined);
    this.revised = listings.map(() => []);
  }

  /** Adds the next tape. The caller may reuse its columns afterwards. */
  take(tape: ExportTape): void {
    const { settled, signal } = tape;
    const { window, exits } = this;
    const { from, to } = this.terms;
    const shift = (settled.start - window.start) / MINUTE_MS;
    const skip = Math.max(0, -shift);
    if (skip < settled.minutes)
      for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const)
        for (let market = 0; market < window.markets; market++) {
          const lane = market * settled.minutes;
          const part = settled[name].subarray(lane + skip, lane + settled.minutes);
          window[name].set(part, market * window.minutes + shift + skip);
        }
    if (exits && signal.exits && skip < settled.minutes)
      for (let market = 0; market < window.markets; market++) {
        const lane = market * settled.minutes;
        const part = signal.exits.subarray(lane + skip, lane + settled.minutes);
        exits.set(part, market * window.minutes + shift + skip);
      }
    this.noteRevised(tape);
    const first = Math.max(0, (from - settled.start) / MINUTE_MS);
    const end = Math.min(settled.minutes, (to - settled.start) / MINUTE_MS);
    for (let row = first; row < end;) {
      const at = settled.start + row * MINUTE_MS;
      const day = Math.floor(at / DAY_MS) * DAY_MS;
      const until = Math.min(end, row + (day + DAY_MS - at) / MINUTE_MS);
      this.fill(tape, day, row, until);
      row = until;
    }
    for (let market = 0; market < window.markets; market++)
      this.follows[market] = settled.cell[(market + 1) * settled.minutes - 1] !== Cell.absent;
    this.reached = settled.start + settled.minutes * MINUTE_MS;
  }

  /**
   * Yields the complete days, one block per market, by day, then market; with `all` the incomplete
   * ones too. Skips days for which `wanted` returns false.
   */
  *finished(all: boolean, wanted: (day: EpochMs) => boolean = () => true): Generator<Block> {
    for (const [day, markets] of this.days) {
      if (!all && day + DAY_MS + this.ahead * MINUTE_MS > this.reached) return;
      if (wanted(day))
        for (const [market, values] of markets.entries()) {
          const block = this.blockOf(day, market, values);
          if (block.rows > 0) yield block;
        }
      this.days.delete(day);
      this.advance();
    }
  }

  /** Records settle times of prices that labels use, if later than the minute's close. */
  private noteRevised({ settled, stored }: ExportTape): void {
    for (const { cell, settledAt, ...seen } of stored.firstSeen) {
      const market = Math.floor(cell / settled.minutes);
      const at = settled.start + (cell - market * settled.minutes) * MINUTE_MS;
      const isOther = (['open', 'high', 'low', 'close'] as const).some(name => seen[name] !== settled[name][cell]);
      if (isOther && at >= this.window.start) this.revised[market]?.push({ at, settledAt });
    }
  }

  /** Moves the window by a day. */
  private advance(): void {
    const { window } = this;
    const next = emptyTape(window.start + DAY_MS, window.minutes, window.markets);
    for (const name of ['cell', 'open', 'high', 'low', 'close', 'volume'] as const)
      for (let market = 0; market < window.markets; market++) {
        const lane = market * window.minutes;
        next[name].set(window[name].subarray(lane + DAY, lane + window.minutes), lane);
      }
    if (this.exits) {
      const ahead = new Uint8Array(this.exits.length);
      for (let market = 0; market < window.markets; market++) {
        const lane = market * window.minutes;
        ahead.set(this.exits.subarray(lane + DAY, lane + window.minutes), lane);
      }
      this.exits = ahead;
    }
    this.window = next;
    for (const [market, minutes] of this.revised.entries())
      this.revised[market] = minutes.filter(({ at }) => at >= next.start);
  }

  private dayAt(start: EpochMs): readonly Day[] {
    const found = this.days.get(start);
    if (found) return found;
    const { names } = this;
    const made = this.terms.listings.map((): Day => {
      const values = new Float64Array(names.length * DAY).fill(NaN);
      return new Map(names.map((name, n) => [name, values.subarray(n * DAY, (n + 1) * DAY)]));
    });
    this.days.set(start, made);
    return made;
  }

  /** Copies the rows `from` to `to` of a tape, all of one day, into that day. */
  private fill({ signal, settled, stored }: ExportTape, start: EpochMs, from: number, to: number): void {
    const { minutes } = settled;
    const into = (settled.start - start) / MINUTE_MS + from;
    const days = this.dayAt(start);
    for (const [market, day] of days.entries()) {
      const lane = market * minutes;
      const copy = (name: string, column: Float64Array | Uint8Array) =>
        day.get(name)?.set(column.subarray(lane + from, lane + to), into);
      for (const [key, name] of this.indicators) copy(name, signal.indicators.get(key)!);
      for (const key of CONTEXT_KEYS) copy(key, signal.context.get(key)!);
      for (const name of STORED) copy(name, stored.values[name]);
      for (const name of ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trade_count'] as const)
        copy(name, stored.values[`settled_${name}`]);
      copy('stored', stored.present);
      copy('universe', signal.verdict);
      copy('decision', signal.decision);
      const gaps = day.get('gap_before')!;
      for (let row = from; row < to; row++) {
        const before = row > 0 ? settled.cell[lane + row - 1] !== Cell.absent : this.follows[market]!;
        gaps[into + row - from] = Number(!before);
      }
      this.addSnapshots(stored.snapshots, market, day, { start, first: into, end: into + to - from });
    }
    const place = (row: number) => (settled.start - start) / MINUTE_MS + row;
    for (const { cell, quiet, suspect, open, high, low, close, volume, vwap, trade_count } of stored.firstSeen) {
      const market = Math.floor(cell / minutes);
      const row = cell - market * minutes;
      const day = days[market];
      if (!day || row < from || row >= to) continue;
      const candle = { open, high, low, close, volume, vwap, trade_count };
      const seen = { ...candle, quiet: Number(quiet), suspect: Number(suspect) };
      for (const [name, value] of Object.entries(seen)) put(day, name, place(row), value);
    }
    for (const { market, at, score } of signal.opportunities) {
      const row = (at - settled.start) / MINUTE_MS;
      if (row >= from && row < to && days[market]) put(days[market], 'score', place(row), score);
    }
  }

  /** Adds the newest snapshot before its decision to each row from `first` to `end` of a day. */
  private addSnapshots(
    snapshots: readonly Snapshot[],
    market: number,
    day: Day,
    { start, first, end }: { readonly start: EpochMs; readonly first: number; readonly end: number },
  ): void {
    const own = snapshots.filter(snapshot => snapshot.market === market);
    const { snapshotIntervalMs } = this.terms.settings.application;
    let next = 0;
    let values: ReadonlyMap<string, number> | null = null;
    for (let row = first; row < end; row++) {
      const decidedAt = start + (row + 1) * MINUTE_MS;
      let newest = this.newest[market];
      for (; next < own.length && own[next]!.at <= decidedAt; next++) newest = own[next];
      if (newest !== this.newest[market]) values = null;
      this.newest[market] = newest;
      if (!newest || decidedAt - newest.at > snapshotIntervalMs) continue;
      values ??= snapshotValues(newest);
      for (const [name, value] of values) put(day, name, row, value);
      put(day, 'snapshot_age_seconds', row, (decidedAt - newest.at) / 1_000);
    }
  }

  /** The stored rows of a market and day, labelled. */
  private blockOf(start: EpochMs, market: number, day: Day): Block {
    const stored = day.get('stored')!;
    const present: number[] = [];
    for (let row = 0; row < DAY; row++) if (stored[row] === 1) present.push(row);
    this.addTimes(start, day, present);
    this.addLabels(laneOf(this.window, market, this.exits), market, day, present);
    const values = new Map<string, Float64Array>();
    for (const { name } of this.terms.columns) {
      const column = day.get(name);
      if (!column) continue;
      values.set(name, present.length === DAY ? column : Float64Array.from(present, row => column[row]!));
    }
    const { symbol } = this.terms.listings[market]!.market;
    return { symbol, date: new Date(start).toISOString().slice(0, 10), rows: present.length, values };
  }

  private addTimes(start: EpochMs, day: Day, rows: readonly number[]): void {
    const { refreshMs } = this.terms.settings.filtering;
    const column = (name: string) => day.get(name)!;
    const [open, decided, universe, settledAt] = [
      column('open_time'),
      column('decided_at'),
      column('universe_at'),
      column('settled_at'),
    ] as const;
    const [revisedAt, revised, weight] = [column('revised_at'), column('revised'), column('weight')] as const;
    const [quiet, suspect, gap] = [column('quiet'), column('suspect'), column('gap_before')] as const;
    for (const row of rows) {
      const at = start + row * MINUTE_MS;
      const close = at + MINUTE_MS;
      open[row] = at;
      decided[row] = close;
      universe[row] = Math.floor(close / refreshMs) * refreshMs;
      revised[row] = Number(!Number.isNaN(revisedAt[row]));
      settledAt[row] = revised[row] ? revisedAt[row]! : close;
      weight[row] = suspect[row] ? 0 : 1 / 2 ** (quiet[row]! + gap[row]! + revised[row]);
    }
  }

  /** Delays labels until every price that they use has settled. */
  private delayLabels(lane: LabelLane, market: number, available: Float64Array): void {
    const first = available.slice();
    for (const { at, settledAt } of this.revised[market]!) {
      const minute = (at - lane.start) / MINUTE_MS;
      for (let row = Math.max(0, minute - this.ahead); row <= Math.min(minute, DAY - 1); row++)
        if (first[row]! >= at + MINUTE_MS) available[row] = Math.max(available[row]!, settledAt);
    }
  }

  private addLabels(lane: LabelLane, market: number, day: Day, rows: readonly number[]): void {
    const { horizons, folds, lastStored } = this.terms;
    const column = (name: string) => day.get(name)!;
    /** Why a minute after a row is unknown: end of the stored data, or a gap. */
    const missingAt = (row: number): number => {
      const absentAt = lane.start + lane.absentFrom[row]! * MINUTE_MS;
      return MISSING_REASONS.indexOf(absentAt > lastStored[market]! ? 'end_of_data' : 'gap');
    };
    const available = column('label_available_at');
    for (const horizon of horizons) {
      const returns = column(`forward_return_${horizon}`);
      const missing = column(`forward_return_${horizon}_missing`);
      returns.set(forwardReturns(lane, 0, DAY, horizon));
      for (const row of rows) {
        if (Number.isNaN(returns[row])) missing[row] = missingAt(row);
        else available[row] = Math.max(available[row]! || 0, lane.start + (row + 1 + horizon) * MINUTE_MS);
      }
    }
    const [net, exit, minutes, best] = [
      column('barrier_return'),
      column('barrier_exit'),
      column('barrier_minutes'),
      column('barrier_best'),
    ] as const;
    const [worst, ambiguous, missing] = [
      column('barrier_worst'),
      column('barrier_ambiguous'),
      column('barrier_missing'),
    ] as const;
    const barrier = this.barriers[market]!;
    const read = this.stopValues.map(([name, key]) => [name, column(key)] as const);
    const valuesAt = (row: number): CandleValues | undefined =>
      read.length > 0
        ? Object.fromEntries(
            read.flatMap(([name, values]) => (Number.isNaN(values[row]) ? [] : [[name, values[row]!]])),
          )
        : undefined;
    for (const row of rows) {
      const outcome = barrier.outcome(lane, row, valuesAt(row));
      if (typeof outcome === 'string') {
        missing[row] = outcome === 'cut_off' ? missingAt(row) : MISSING_REASONS.indexOf(outcome as MissingReason);
        continue;
      }
      net[row] = outcome.netReturn;
      exit[row] = BARRIER_EXITS.indexOf(outcome.exit);
      minutes[row] = outcome.minutesHeld;
      best[row] = outcome.best;
      worst[row] = outcome.worst;
      ambiguous[row] = Number(outcome.ambiguous);
      available[row] = Math.max(available[row]! || 0, outcome.availableAt);
    }
    this.delayLabels(lane, market, available);
    const [tested, trains] = [column('fold'), column('fold_trains_from')] as const;
    for (const row of rows) {
      tested[row] = testedIn(folds, lane.start + row * MINUTE_MS);
      trains[row] = trainsFrom(folds, available[row]!);
    }
  }
}
