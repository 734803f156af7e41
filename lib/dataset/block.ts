import type { Column } from './columns.js';

/** Rows of one market in the order of their times, of one day where they are to be written: each column's numbers, NaN for null. */
export interface Block {
  readonly symbol: string;
  /** Of the first row: 2026-04-01. */
  readonly date: string;
  readonly rows: number;
  /** Of every column; `market`, which is the block's symbol in each row, may be left out. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** A column's value in a row as a reader sees it: text, a boolean, or a number (times in epoch milliseconds); null where unknown. */
export const valueAt = (block: Block, column: Column, row: number): string | number | boolean | null => {
  if (column.name === 'market') return block.symbol;
  const value = block.values.get(column.name)![row]!;
  if (Number.isNaN(value)) return null;
  if (column.type === 'boolean') return value !== 0;
  return column.texts ? column.texts[value]! : value;
};
