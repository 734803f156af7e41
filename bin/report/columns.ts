import { stripVTControlCharacters } from 'node:util';
import { table } from '../table.js';

/** A column of a table that may be left out. */
export interface Column<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  /** 0 is always shown; the columns of a higher rank, together, where they fit too. */
  readonly rank: number;
  readonly cell: (row: Row) => string;
}

const GAP = 2;

const widthOf = (texts: readonly string[]): number =>
  texts.reduce((most, text) => Math.max(most, stripVTControlCharacters(text).length), 0);

/** A table of the columns that fit a width, by their rank, and the highest rank that it shows. */
export const fittingTable = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): { readonly lines: readonly string[]; readonly rank: number } => {
  const cells = columns.map(({ cell }) => rows.map(cell));
  const widths = columns.map(({ title }, n) => widthOf([title, ...cells[n]!]) + GAP);
  const totalOf = (most: number) =>
    columns.reduce((sum, column, n) => (column.rank <= most ? sum + widths[n]! : sum), -GAP);
  const ranks = [...new Set(columns.map(({ rank: each }) => each))].sort((a, b) => a - b);
  const rank = ranks.findLast(each => totalOf(each) <= width) ?? ranks[0]!;
  const shown = columns.flatMap((column, n) => (column.rank <= rank ? [{ column, cells: cells[n]! }] : []));
  const text = table(
    shown.map(({ column }) => column.title),
    rows.map((_, row) => shown.map(one => one.cells[row]!)),
    shown.map(({ column }) => column.align),
  );
  return { lines: text.split('\n'), rank };
};
