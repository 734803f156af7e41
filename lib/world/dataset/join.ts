import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Column } from '../../training/columns.js';
import { csvHead } from '../../training/csv.js';
import { spanOf } from '../../training/partition.js';
import type { Format } from '../../training/request.js';
import { pieceOf } from './folder.js';
import { unpackPages, type Pages } from './pages.js';
import { parquetOf } from './parquet.js';

/** A file to build from the pieces of its days. */
export interface JoinOrder {
  readonly path: string;
  readonly symbol: string;
  /** In order. */
  readonly dates: readonly string[];
}

const monthsOf = (dates: readonly string[]): readonly (readonly string[])[] => {
  const months = new Map<string, string[]>();
  for (const date of dates) {
    const month = spanOf(date, 'month');
    const days = months.get(month);
    if (days) days.push(date);
    else months.set(month, [date]);
  }
  return [...months.values()];
};

/** The pieces of a month, read on demand. */
const pagesIn = function* (folder: string, { symbol, dates }: JoinOrder): Generator<readonly Pages[]> {
  for (const month of monthsOf(dates))
    yield month.map(date => unpackPages(readFileSync(join(folder, pieceOf(symbol, date)))));
};

const textOf = function* (
  folder: string,
  { symbol, dates }: JoinOrder,
  columns: readonly Column[],
): Generator<Uint8Array> {
  yield Buffer.from(`${csvHead(columns)}\n`);
  for (const date of dates) yield readFileSync(join(folder, pieceOf(symbol, date)));
};

/**
 * The content of a file in portions: for Parquet a row group per month, for CSV a day's lines at a
 * time. Throws if a piece is missing.
 */
export const joined = (
  folder: string,
  order: JoinOrder,
  { format, columns }: { readonly format: Format; readonly columns: readonly Column[] },
): Iterable<Uint8Array> =>
  format === 'csv' ? textOf(folder, order, columns) : parquetOf(order.symbol, pagesIn(folder, order), columns);
