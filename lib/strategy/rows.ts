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

/** The columns of a lane with the values before it: `lookBack` rows come before the tape's first. */
export interface Looking {
  readonly lookBack: number;
  /** Candles of the series so far, by row of the tape. */
  readonly count: (row: number) => number;
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
  private columns: readonly Float64Array[] = [];
  private count: Looking['count'] = () => 0;
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
    this.names.forEach((name, n) =>
      Object.defineProperty(row, name, { get: () => this.columns[n]![this.at + this.lookBack]!, enumerable: true }),
    );
    this.row = Object.freeze(row) as unknown as Row;
  }

  /** Whether it was switched off on a market. */
  isOff(market: number): boolean {
    return this.inARow[market]! >= MAX_FAILURES;
  }

  private before(name: string, candles: number): number {
    const { lookBack, names, columns, at } = this;
    const n = names.indexOf(name);
    if (n < 0) throw new RangeError(`before("${name}", ${candles}): no such column`);
    if (!Number.isInteger(candles) || candles < 0 || candles > lookBack)
      throw new RangeError(`before("${name}", ${candles}): expected 0 to ${lookBack} candles, the strategy's lookBack`);
    return candles < this.count(at) ? columns[n]![at + lookBack - candles]! : NaN;
  }

  /**
   * As `DecideLane`, with the columns by row, `lookBack` of them before the tape's first one.
   * `scores` has the score of each hit.
   */
  decide(
    { cell, verdict, state, lane, first, end }: Parameters<DecideLane>[0],
    market: number,
    columns: readonly Float64Array[],
    count: Looking['count'],
    decision: Uint8Array,
    hits: number[],
    scores: number[],
    failures: StrategyFailure[],
  ): void {
    this.columns = columns;
    this.count = count;
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
        this.at = row;
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
