import { UserError } from '../errors.js';
import { isoTime } from '../report/time.js';
import { valueAt, type Block } from './block.js';
import type { Column } from './columns.js';

/** A block as CSV: a head, lines that end in LF, an empty cell for null, times in ISO 8601. No value needs quotes. */
export const csvOf = (block: Block, columns: readonly Column[]): string => {
  const lines = [columns.map(({ name }) => name).join(',')];
  for (let row = 0; row < block.rows; row++) {
    const cells = columns.map(column => {
      const value = valueAt(block, column, row);
      return value === null ? '' : column.type === 'time' ? isoTime(value as number) : String(value);
    });
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
};

const numberOf = (text: string, { name, type, texts }: Column): number => {
  if (text === '') return NaN;
  if (texts) return texts.indexOf(text);
  if (type === 'time') return Date.parse(text);
  if (type === 'boolean') return Number(text === 'true');
  const value = Number(text);
  if (Number.isNaN(value)) throw new UserError([`${name}: "${text}" is no number`], 1);
  return value;
};

/** The columns of such a text by name; `market` is left out. Throws `UserError` where it has other columns. */
export const parseCsv = (text: string, columns: readonly Column[]): ReadonlyMap<string, Float64Array> => {
  const [head, ...lines] = text.trimEnd().split('\n');
  if (head !== columns.map(({ name }) => name).join(','))
    throw new UserError(['its head does not name the columns of the manifest'], 1);
  const cells = lines.map(line => line.split(','));
  return new Map(
    columns.flatMap((column, n) =>
      column.name === 'market'
        ? []
        : [[column.name, Float64Array.from(cells, row => numberOf(row[n] ?? '', column))] as const],
    ),
  );
};
