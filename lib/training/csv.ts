import { UserError } from '../errors.js';
import { isoTime } from '../report/time.js';
import { valueAt, type Block } from './block.js';
import type { Column } from './columns.js';

/** The header of a CSV file with these columns, without a line end. */
export const csvHead = (columns: readonly Column[]): string => columns.map(({ name }) => name).join(',');

/** The rows of a block as CSV: LF line ends, empty cells for null, ISO 8601 times, no quotes. */
export const csvRows = (block: Block, columns: readonly Column[]): string => {
  let text = '';
  for (let row = 0; row < block.rows; row++) {
    const cells = columns.map(column => {
      const value = valueAt(block, column, row);
      return value === null ? '' : column.type === 'time' ? isoTime(value as number) : String(value);
    });
    text += `${cells.join(',')}\n`;
  }
  return text;
};

const numberOf = (text: string, { name, type, texts }: Column): number => {
  if (text === '') return NaN;
  if (texts) return texts.indexOf(text);
  if (type === 'time') return Date.parse(text);
  if (type === 'boolean') return Number(text === 'true');
  const value = Number(text);
  if (Number.isNaN(value)) throw new UserError([`${name}: "${text}" is not a number`], 1);
  return value;
};

/** Parses such lines into columns by name. Throws `UserError` at an invalid cell. */
export const parseCsvRows = (
  lines: readonly string[],
  columns: readonly Column[],
): ReadonlyMap<string, Float64Array> => {
  const cells = lines.map(line => line.split(','));
  return new Map(
    columns.map((column, n) => [column.name, Float64Array.from(cells, row => numberOf(row[n] ?? '', column))]),
  );
};
