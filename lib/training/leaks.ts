import { UserError } from '../errors.js';
import { isoTime } from '../report/time.js';
import type { EpochMs } from '../units.js';
import type { Block } from './block.js';
import type { Column } from './columns.js';

/** A feature not known at its row's `decided_at`, or a label known by then. */
export interface Leak {
  readonly column: string;
  readonly row: number;
  readonly knownAt: EpochMs;
  readonly decidedAt: EpochMs;
}

/** The rows in which a feature or label must be null, given the times at which it is known. */
const closedRows = (role: 'feature' | 'label', known: Float64Array, decided: Float64Array): readonly number[] => {
  const rows: number[] = [];
  for (let row = 0; row < decided.length; row++) {
    const fits = role === 'feature' ? known[row]! <= decided[row]! : known[row]! > decided[row]!;
    // A row may have only the reason of a missing label.
    if (!fits && !(role === 'label' && Number.isNaN(known[row]))) rows.push(row);
  }
  return rows;
};

/**
 * The first leak of a block, by column, then row; null if there is none. A feature must be known at
 * `decided_at`, according to its `knownAt` column; an unknown time is a leak too. A label must
 * become known later. Nulls never leak.
 */
export const findLeak = ({ values }: Block, columns: readonly Column[]): Leak | null => {
  const decided = values.get('decided_at')!;
  /** Rows that must be null, cached by `knownAt` column, since many columns share one. */
  const closed = new Map<string, readonly number[]>();
  for (const { name, role, knownAt } of columns) {
    if (role !== 'feature' && role !== 'label') continue;
    const known = values.get(knownAt)!;
    const kind = `${role} ${knownAt}`;
    const rows = closed.get(kind) ?? closedRows(role, known, decided);
    closed.set(kind, rows);
    const own = values.get(name)!;
    for (const row of rows)
      if (!Number.isNaN(own[row])) return { column: name, row, knownAt: known[row]!, decidedAt: decided[row]! };
  }
  return null;
};

/** The message of a leak. */
export const leakLine = ({ column, row, knownAt, decidedAt }: Leak, { symbol, values }: Block): string => {
  const when = Number.isNaN(knownAt) ? 'at an unknown time' : `at ${isoTime(knownAt)}`;
  return `${column} of ${symbol} in the row of ${isoTime(values.get('open_time')![row]!)} is known ${when}; the row is decided on at ${isoTime(decidedAt)}`;
};

/** Throws `UserError` with column and row if a block leaks. */
export const refuseLeaks = (block: Block, columns: readonly Column[]): void => {
  const leak = findLeak(block, columns);
  if (leak)
    throw new UserError(['Leak: the dataset would reveal values that were not known yet.', leakLine(leak, block)], 1);
};
