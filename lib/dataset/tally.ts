import type { Block } from './block.js';
import { BARRIER_EXITS, type Column } from './columns.js';

/** Numbers by name. */
export type Counts = Readonly<Record<string, number>>;

/** What is counted of rows. */
export interface Tally {
  readonly rows: number;
  readonly quality: Counts;
  readonly decisions: Counts;
  /** By how the hypothetical trade ended, or why there is none. */
  readonly barrier: Counts;
  /** Of the outcomes that are known, those with a net return above 0. */
  readonly profitable: number;
  /** Rows that each fold tests, by fold; 0: none. */
  readonly tested: Counts;
  /** Rows by the first fold that may be trained with them; `never` for none. */
  readonly trainsFrom: Counts;
  /** Rows by the version of the configuration that a live bot decided by; none where none did. */
  readonly configurations: Counts;
}

const count = (values: Iterable<string | null>): Counts => {
  const counts: Record<string, number> = {};
  for (const value of values) if (value !== null) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

/** Counts the rows of a block. */
export const tallyOf = ({ rows, values }: Block, columns: readonly Column[]): Tally => {
  const named = (name: string): (string | null)[] => {
    const texts = columns.find(column => column.name === name)!.texts;
    return Array.from(values.get(name)!, value => (Number.isNaN(value) ? null : texts ? texts[value]! : String(value)));
  };
  const set = (name: string) => values.get(name)!.reduce((sum, value) => sum + Number(value === 1), 0);
  const missing = named('barrier_missing');
  const exits = named('barrier_exit');
  return {
    rows,
    quality: Object.fromEntries(['quiet', 'suspect', 'gap_before', 'revised'].map(name => [name, set(name)])),
    decisions: count(named('decision')),
    barrier: count(exits.map((exit, row) => exit ?? missing[row]!)),
    profitable: values.get('barrier_return')!.reduce((sum, value) => sum + Number(value > 0), 0),
    tested: count(named('fold')),
    trainsFrom: count(named('fold_trains_from').map(fold => fold ?? 'never')),
    configurations: count(named('live_configuration')),
  };
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
  };
};

/** The outcomes among what is counted by how a hypothetical trade ended. */
export const outcomes = (barrier: Counts): number => BARRIER_EXITS.reduce((sum, exit) => sum + (barrier[exit] ?? 0), 0);
