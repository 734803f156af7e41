import type { Guard } from '../guard.js';
import { PRICES } from '../indicators/request.js';
import { Cell } from '../tape.js';
import { Verdict } from '../universe/verdict.js';
import type { DecideLane } from './compile.js';
import type { Row, RowRule, Strategy } from './condition.js';
import { Decision, decisionsOf } from './decisions.js';

/** A failure of a strategy's own code. */
export interface StrategyFailure {
  readonly lane: number;
  readonly row: number;
  readonly error: Error;
}

/** Failures on successive candles of a market after which a strategy is switched off there. */
export const MAX_FAILURES = 3;

/** The columns of a lane, and what was before its rows. */
export interface Looking {
  /** By cell, in the order of `keys`. */
  readonly columns: readonly Float64Array[];
  /** The last `lookBack` values before row `passed`, the newest last, in the same order. */
  readonly kept: readonly Float64Array[];
  /** The first row that was not seen yet. */
  readonly passed: number;
  /** Whether that row follows the last candle seen. */
  readonly follows: boolean;
  /** Candles of the series so far, by cell. */
  readonly count: Uint32Array;
}

/** A column as a row reads it. */
interface Slot {
  column: Float64Array;
}

/**
 * Evaluates a strategy's function on the rows of a lane. Its failures are decisions of their own
 * (`error`); after three in a row on a market the strategy is switched off there and fails on every
 * row: counted for each market, so that it does not depend on how the candles are cut into tapes.
 */
export class RowEvaluator {
  /** By the strategy's names, then the prices. */
  readonly names: readonly string[];
  /** Their columns' keys. */
  readonly keys: readonly string[];
  readonly lookBack: number;
  private readonly rule: RowRule;
  private readonly guard: Guard | undefined;
  private readonly row: Row;
  private readonly codes: ReadonlyMap<string, number>;
  private readonly opportunity: number;
  private readonly error: number;
  private looking: Looking | undefined;
  private readonly slots: readonly Slot[];
  private lane = 0;
  /** The cell that the row shows. */
  private at = 0;
  /** Failures in a row, by market. */
  private readonly inARow: Uint8Array;

  constructor(strategy: Strategy, rule: RowRule, markets: number) {
    this.rule = rule;
    this.guard = strategy.guard;
    this.inARow = new Uint8Array(markets);
    this.lookBack = rule.lookBack;
    this.names = [...rule.columns.keys(), ...PRICES];
    this.keys = [...rule.columns.values(), ...PRICES];
    const decisions = decisionsOf(strategy);
    this.codes = new Map(strategy.conditions.map(({ name }) => [name, decisions.indexOf(name)]));
    this.opportunity = decisions.indexOf('opportunity');
    this.error = decisions.indexOf('error');
    const row = {
      before: (name: string, candles: number): number => this.before(name, candles),
    };
    this.slots = this.names.map((name): Slot => {
      const slot = { column: new Float64Array(0) };
      Object.defineProperty(row, name, { get: () => slot.column[this.at]!, enumerable: true });
      return slot;
    });
    this.row = Object.freeze(row) as unknown as Row;
  }

  /** Whether it was switched off on a market. */
  isOff(market: number): boolean {
    return this.inARow[market]! >= MAX_FAILURES;
  }

  private before(name: string, candles: number): number {
    const { lookBack, names, lane, at } = this;
    const { columns, kept, passed, follows, count } = this.looking!;
    const n = names.indexOf(name);
    if (n < 0) throw new RangeError(`before("${name}", ${candles}): no such column`);
    if (!Number.isInteger(candles) || candles < 0 || candles > lookBack)
      throw new RangeError(`before("${name}", ${candles}): expected 0 to ${lookBack} candles, the strategy's lookBack`);
    if (candles >= count[at]!) return NaN;
    const row = at - lane - candles;
    if (row >= passed) return columns[n]![at - candles]!;
    return follows ? kept[n]![row - passed + lookBack]! : NaN;
  }

  /** As `DecideLane`. `scores` has the score of each hit. */
  decide(
    { cell, verdict, state, lane, first, end }: Parameters<DecideLane>[0],
    market: number,
    looking: Looking,
    decision: Uint8Array,
    hits: number[],
    scores: number[],
    failures: StrategyFailure[],
  ): void {
    this.looking = looking;
    this.lane = lane;
    this.slots.forEach((slot, n) => (slot.column = looking.columns[n]!));
    if (this.guard) this.guard.running = this.rule.label!;
    for (let row = first, at = lane + first; row < end; row++, at++) {
      const kind = cell[at];
      if (kind === Cell.absent) decision[at] = Decision.gap;
      else if (verdict[at] !== Verdict.tradable) decision[at] = Decision.notTradable;
      else if (kind !== Cell.traded) decision[at] = kind === Cell.quiet ? Decision.quiet : Decision.suspect;
      else if (state[row]! < 0) decision[at] = Decision.warmingUp;
      else if (Number.isNaN(state[row])) decision[at] = Decision.unknown;
      else if (this.isOff(market)) decision[at] = this.error;
      else {
        this.at = at;
        try {
          decision[at] = this.judge(row, hits, scores);
          this.inARow[market] = 0;
        } catch (error) {
          this.inARow[market]!++;
          decision[at] = this.error;
          failures.push({ lane, row, error: error instanceof Error ? error : new Error(String(error)) });
        }
      }
    }
  }

  private judge(row: number, hits: number[], scores: number[]): number {
    const said: unknown = this.rule.decide(this.row);
    if (typeof said === 'number') {
      if (!(said >= 0 && said <= 1)) throw new Error(`decide returned ${said}: expected a score from 0 to 1`);
      hits.push(row);
      scores.push(said);
      return this.opportunity;
    }
    const code = this.codes.get(said as string);
    if (code === undefined)
      throw new Error(
        `decide returned ${String(said)}: expected one of ${[...this.codes.keys()].join(', ')}, or a score`,
      );
    return code;
  }
}
