import type { Column } from './columns.js';

/** Rows of one market by time (of one day when written): numbers per column, NaN for null. */
export interface Block {
  readonly symbol: string;
  /** Date of the first row: 2026-04-01. */
  readonly date: string;
  readonly rows: number;
  /** By column; `market`, the block's symbol in each row, may be absent. */
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** A value as readers see it: text, boolean or number (times in epoch ms); null if unknown. */
export const valueAt = (block: Block, column: Column, row: number): string | number | boolean | null => {
  if (column.name === 'market') return block.symbol;
  const value = block.values.get(column.name)![row]!;
  if (Number.isNaN(value)) return null;
  if (column.type === 'boolean') return value !== 0;
  return column.texts ? column.texts[value]! : value;
};
