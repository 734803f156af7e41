import type { Block } from './block.js';
import { BARRIER_EXITS, type Column } from './columns.js';

/** Numbers by name. */
export type Counts = Readonly<Record<string, number>>;

/** Counts over rows. */
export interface Tally {
  readonly rows: number;
  readonly quality: Counts;
  readonly decisions: Counts;
  /** By end of the hypothetical trade, or reason of its absence. */
  readonly barrier: Counts;
  /** Known outcomes with a net return above 0. */
  readonly profitable: number;
  /** Test rows by fold; 0: no fold. */
  readonly tested: Counts;
  /** Rows by the first fold that may train on them; `never` for none. */
  readonly trainsFrom: Counts;
  /** Rows by the configuration version of a live bot's decision; empty without one. */
  readonly configurations: Counts;
  /** Number of non-null rows per column, in column order. */
  readonly known: readonly number[];
}

/** Frequency of each value, NaN included. */
const frequencies = (values: Float64Array): ReadonlyMap<number, number> => {
  const found = new Map<number, number>();
  for (let from = 0, to = 0; from < values.length; from = to) {
    const value = values[from]!;
    while (to < values.length && Object.is(values[to], value)) to++; // values mostly repeat in runs
    found.set(value, (found.get(value) ?? 0) + to - from);
  }
  return found;
};

/** Counts by value name; values with the name null are not counted. */
const count = (values: Float64Array, nameOf: (value: number) => string | null): Counts => {
  const counts: Record<string, number> = {};
  for (const [value, n] of frequencies(values)) {
    const name = nameOf(value);
    if (name !== null) counts[name] = (counts[name] ?? 0) + n;
  }
  return counts;
};

/** Counts the rows of a block. */
export const tallyOf = ({ rows, values }: Block, columns: readonly Column[]): Tally => {
  const column = (name: string) => values.get(name)!;
  const textsOf = (name: string) => columns.find(each => each.name === name)!.texts!;
  const [exits, decisions] = [textsOf('barrier_exit'), textsOf('decision')];
  /** Exits, then the reasons of missing outcomes. */
  const endings = [...exits, ...textsOf('barrier_missing')];
  const missing = column('barrier_missing');
  const ends = column('barrier_exit').map((exit, row) => (Number.isNaN(exit) ? exits.length + missing[row]! : exit));
  const digits = (absent: string | null) => (value: number) => (Number.isNaN(value) ? absent : String(value));
  return {
    rows,
    quality: Object.fromEntries(
      ['quiet', 'suspect', 'gap_before', 'revised'].map(name => [name, frequencies(column(name)).get(1) ?? 0]),
    ),
    decisions: count(column('decision'), code => decisions[code] ?? null),
    barrier: count(ends, code => endings[code] ?? null),
    profitable: column('barrier_return').reduce((sum, value) => sum + Number(value > 0), 0),
    tested: count(column('fold'), digits(null)),
    trainsFrom: count(column('fold_trains_from'), digits('never')),
    configurations: count(column('live_configuration'), digits(null)),
    known: columns.map(({ name }) => knownIn(values.get(name), rows)),
  };
};

const knownIn = (values: Float64Array | undefined, rows: number): number => {
  if (!values) return rows; // the market column, set in every row
  let known = 0;
  for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row])) known++;
  return known;
};

const addCounts = (all: readonly Counts[]): Counts => {
  const sum: Record<string, number> = {};
  for (const counts of all) for (const [name, n] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + n;
  return Object.fromEntries(Object.entries(sum).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** All tallies as one, names in alphabetical order. */
export const addTallies = (all: readonly Tally[]): Tally => {
  const counts = (name: 'quality' | 'decisions' | 'barrier' | 'tested' | 'trainsFrom' | 'configurations'): Counts =>
    addCounts(all.map(tally => tally[name]));
  const sum = (name: 'rows' | 'profitable') => all.reduce((total, tally) => total + tally[name], 0);
  return {
    rows: sum('rows'),
    quality: counts('quality'),
    decisions: counts('decisions'),
    barrier: counts('barrier'),
    profitable: sum('profitable'),
    tested: counts('tested'),
    trainsFrom: counts('trainsFrom'),
    configurations: counts('configurations'),
    known: all[0]?.known.map((_, column) => all.reduce((total, { known }) => total + known[column]!, 0)) ?? [],
  };
};

/** Number of outcomes among the counts by end of a hypothetical trade. */
export const outcomes = (barrier: Counts): number => BARRIER_EXITS.reduce((sum, exit) => sum + (barrier[exit] ?? 0), 0);
