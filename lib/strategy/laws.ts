import { Cell, emptyTape, sliceTape, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs } from '../units.js';

/** What a strategy decided on the cells of a tape. */
export interface Judgement {
  /** The code of the decision, by cell. */
  readonly decision: Uint8Array;
  /** The score of each opportunity, by cell; NaN elsewhere. */
  readonly score: Float64Array;
  /** 1 for each cell with an exit signal, else 0; null without exits. */
  readonly exits?: Uint8Array | null;
}

/**
 * Runs a strategy anew over tapes that follow one another; all have the same markets. The judgement
 * is that of the tapes joined together.
 */
export type Run = (tapes: readonly Tape[]) => Judgement;

/** The laws, in the order of the checks. */
export const LAWS = ['twice', 'cuts', 'future', 'alone', 'order', 'later start'] as const;
/** Name of a law. */
export type Law = (typeof LAWS)[number];

/** What each law says, for reports. */
export const LAW_TEXTS: Readonly<Record<Law, string>> = {
  twice: 'the same candles give the same decisions, without clock and dice',
  cuts: 'the decisions do not depend on how many candles arrive at once',
  future: 'a decision does not depend on candles that come after it',
  alone: 'a market is decided on as if there were no other',
  order: 'the order of the markets does not matter',
  'later start': 'a decision does not depend on when the run began, once it is warm',
};

/** What was decided on a candle. */
export interface JudgedCell {
  /** The code of the decision. */
  readonly decision: number;
  readonly score: number;
  readonly hasExit: boolean;
}

/** A decision that breaks a law. */
export interface Breach {
  readonly law: Law;
  readonly market: number;
  readonly at: EpochMs;
  /** Which of the law's cases it was, from 1. */
  readonly case: number;
  /** What was changed, in words. */
  readonly change: string;
  /** What was decided without and with the change. */
  readonly expected: JudgedCell;
  readonly found: JudgedCell;
}

/** The result of a law. */
export interface LawResult {
  readonly law: Law;
  readonly cases: number;
  /** Decisions that were compared. */
  readonly compared: number;
  readonly breach: Breach | null;
}

/** How thoroughly the laws are tried. */
export interface CheckOptions {
  /** From 0 up to 1; the same sequence makes the same cases. */
  readonly random: () => number;
  /** Minutes after which a run is warm. */
  readonly warmUp: number;
  /** Cases of each law that has some. */
  readonly cases: number;
  /** The code of an opportunity. */
  readonly opportunity: number;
  /** Whether it reads columns of other markets: then `alone` and `order` are not tried. */
  readonly readsOthers: boolean;
  /** Reports the laws that are done. */
  readonly onProgress?: (done: number) => void;
}

/** Minutes that arrive one at a time. */
const SINGLE_MINUTES = 360;

/** The lanes of a tape, in this order. */
const lanesOf = (tape: Tape, lanes: readonly number[]): Tape => {
  const part = emptyTape(tape.start, tape.minutes, lanes.length);
  const names = ['cell', 'open', 'high', 'low', 'close', 'volume'] as const;
  for (const name of names)
    lanes.forEach((lane, n) =>
      part[name].set(tape[name].subarray(lane * tape.minutes, (lane + 1) * tape.minutes), n * tape.minutes),
    );
  return part;
};

/** The tape with other candles from a row on: the moves go the other way and grow. */
const withOtherFuture = (tape: Tape, from: number): Tape => {
  const other = sliceTape(tape, 0, tape.minutes);
  for (let lane = 0; lane < tape.markets; lane++) {
    const before = lane * tape.minutes + from - 1;
    const pivot = from > 0 && tape.cell[before] !== Cell.absent ? tape.close[before]! : NaN;
    for (let row = from; row < tape.minutes; row++) {
      const at = lane * tape.minutes + row;
      if (tape.cell[at] === Cell.absent) continue;
      const base = Number.isNaN(pivot) ? tape.close[at]! : pivot;
      const turned = (price: number) => base * (base / price) ** 3;
      const [open, high, low, close] = [tape.open[at]!, tape.high[at]!, tape.low[at]!, tape.close[at]!];
      other.open[at] = turned(open);
      other.high[at] = turned(low);
      other.low[at] = turned(high);
      other.close[at] = turned(close);
      other.volume[at] = 7 * tape.volume[at]! + 1;
      other.cell[at] = Cell.traded;
    }
  }
  return other;
};

const cut = (tape: Tape, edges: readonly number[]): readonly Tape[] => {
  const all = [0, ...edges, tape.minutes];
  return all.slice(1).map((to, n) => sliceTape(tape, all[n]!, to));
};

/** The first decision of rows `from` to `to` of a lane that differs; null if none does. */
const difference = (
  expected: Judgement,
  expectedAt: number,
  found: Judgement,
  foundAt: number,
  rows: number,
): number | null => {
  for (let row = 0; row < rows; row++) {
    const [a, b] = [expectedAt + row, foundAt + row];
    if (expected.decision[a] !== found.decision[b] || !Object.is(expected.score[a], found.score[b])) return row;
    if (expected.exits?.[a] !== found.exits?.[b]) return row;
  }
  return null;
};

interface Comparison {
  /** Of the changed run. */
  readonly found: Judgement;
  readonly change: string;
  /** Row of the whole tape that is the changed run's first. */
  readonly offset: number;
  /** Minutes of the changed run. */
  readonly minutes: number;
  /** Rows of the whole tape to compare: `from` (inclusive) to `to` (exclusive). */
  readonly from: number;
  readonly to: number;
  /** By lane of the changed run: the lane of the whole tape. */
  readonly lanes: readonly number[];
}

/** Tries a strategy on a tape, law by law. */
export class LawCheck {
  private readonly tape: Tape;
  private readonly run: Run;
  private readonly options: CheckOptions;
  private readonly whole: Judgement;

  constructor(tape: Tape, run: Run, options: CheckOptions) {
    this.tape = tape;
    this.run = run;
    this.options = options;
    this.whole = run([tape]);
  }

  /** Minutes with an opportunity. */
  get opportunities(): number {
    const { tape, whole, options } = this;
    const rows = new Set<number>();
    whole.decision.forEach((code, cell) => {
      if (code === options.opportunity) rows.add(cell % tape.minutes);
    });
    return rows.size;
  }

  /** Candles with an exit signal. */
  get exitSignals(): number {
    return this.whole.exits?.reduce((sum, one) => sum + one, 0) ?? 0;
  }

  /** Every law in turn. */
  check(): readonly LawResult[] {
    return LAWS.map((law, n) => {
      const result = this.lawOf(law);
      this.options.onProgress?.(n + 1);
      return result;
    });
  }

  private lawOf(law: Law): LawResult {
    let cases = 0;
    let compared = 0;
    for (const comparison of this.casesOf(law)) {
      cases++;
      const { tape, whole } = this;
      const { found, change, offset, minutes, from, to, lanes } = comparison;
      for (const [n, lane] of lanes.entries()) {
        const [expectedAt, foundAt] = [lane * tape.minutes + from, n * minutes + from - offset];
        const row = difference(whole, expectedAt, found, foundAt, to - from);
        compared += to - from;
        if (row === null) continue;
        const at = ({ decision, score, exits }: Judgement, cell: number): JudgedCell => ({
          decision: decision[cell]!,
          score: score[cell]!,
          hasExit: exits?.[cell] === 1,
        });
        const breach = {
          law,
          market: lane,
          at: tape.start + (from + row) * MINUTE_MS,
          case: cases,
          change,
          expected: at(whole, expectedAt + row),
          found: at(found, foundAt + row),
        };
        return { law, cases, compared, breach };
      }
    }
    return { law, cases, compared, breach: null };
  }

  private casesOf(law: Law): Iterable<Comparison> {
    switch (law) {
      case 'twice':
        return this.twice();
      case 'cuts':
        return this.cuts();
      case 'future':
        return this.futures();
      case 'alone':
        return this.options.readsOthers ? [] : this.alone();
      case 'order':
        return this.options.readsOthers ? [] : this.orders();
      case 'later start':
        return this.laterStarts();
    }
  }

  private get lanes(): readonly number[] {
    return [...Array(this.tape.markets).keys()];
  }

  private between(least: number, most: number): number {
    return least + Math.floor(this.options.random() * (most - least + 1));
  }

  /** Rows on which some market had an opportunity or an exit signal. */
  private signals(): readonly number[] {
    const { tape, whole, options } = this;
    const rows = new Set<number>();
    whole.decision.forEach((code, cell) => {
      if (code === options.opportunity || whole.exits?.[cell]) rows.add(cell % tape.minutes);
    });
    return [...rows].sort((a, b) => a - b);
  }

  /** A comparison of all rows and markets. */
  private all(found: Judgement, change: string): Comparison {
    const { minutes } = this.tape;
    return { found, change, offset: 0, minutes, from: 0, to: minutes, lanes: this.lanes };
  }

  private *twice(): Iterable<Comparison> {
    yield this.all(this.run([this.tape]), 'run again');
  }

  private *cuts(): Iterable<Comparison> {
    const { minutes } = this.tape;
    // A tape of one minute has no future, and no past of its own either.
    const single = Array.from({ length: Math.min(minutes - 1, SINGLE_MINUTES) }, (_, i) => minutes - 1 - i).reverse();
    yield this.all(this.run(cut(this.tape, single)), 'one minute at a time');
    for (let n = 1; n < this.options.cases; n++) {
      const edges = new Set(Array.from({ length: this.between(1, 12) }, () => this.between(1, minutes - 1)));
      const tapes = cut(
        this.tape,
        [...edges].sort((a, b) => a - b),
      );
      yield this.all(this.run(tapes), `cut into ${tapes.length} pieces`);
    }
  }

  private *futures(): Iterable<Comparison> {
    const { tape, options, lanes } = this;
    const signals = this.signals();
    for (let n = 0; n < options.cases; n++) {
      const atSignal = n % 2 === 0 && signals.length > 0;
      const row = atSignal
        ? signals[this.between(0, signals.length - 1)]!
        : this.between(Math.min(options.warmUp, tape.minutes - 2), tape.minutes - 2);
      const end = Math.min(tape.minutes, row + 200);
      const known = sliceTape(tape, 0, row + 1);
      const place = atSignal ? 'right after a signal' : 'after a minute';
      const common = { offset: 0, from: 0, to: row + 1, lanes };
      const changed = withOtherFuture(sliceTape(tape, 0, end), row + 1);
      yield { ...common, minutes: end, found: this.run([changed]), change: `other candles ${place}` };
      yield { ...common, minutes: row + 1, found: this.run([known]), change: `no candles ${place}` };
    }
  }

  private *alone(): Iterable<Comparison> {
    const { minutes } = this.tape;
    for (const lane of this.lanes)
      yield {
        found: this.run([lanesOf(this.tape, [lane])]),
        change: 'without the other markets',
        offset: 0,
        minutes,
        from: 0,
        to: minutes,
        lanes: [lane],
      };
  }

  private *orders(): Iterable<Comparison> {
    const { minutes } = this.tape;
    const lanes = [...this.lanes].reverse();
    yield {
      found: this.run([lanesOf(this.tape, lanes)]),
      change: 'with the markets in another order',
      offset: 0,
      minutes,
      from: 0,
      to: minutes,
      lanes,
    };
  }

  private *laterStarts(): Iterable<Comparison> {
    const { tape, options } = this;
    const spare = tape.minutes - options.warmUp;
    if (spare < 2) return;
    for (let n = 0; n < Math.min(3, options.cases); n++) {
      const offset = n === 0 ? Math.floor(spare / 2) : this.between(1, spare - 1);
      const later = sliceTape(tape, offset, tape.minutes);
      yield {
        found: this.run([later]),
        change: `started ${offset} minutes later`,
        offset,
        minutes: later.minutes,
        from: offset + options.warmUp,
        to: tape.minutes,
        lanes: this.lanes,
      };
    }
  }
}
