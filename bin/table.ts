import Table from 'cli-table3';

/** Cells of number columns, which are right-aligned. */
const NUMBER = /^[-+]?[\d,.]+( ?%)?$|^–?$/;

const NO_BORDERS = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map(name => [name, '']),
);

type Align = 'left' | 'right';

/**
 * An aligned table without borders, two spaces between columns. Number columns are right-aligned
 * unless `aligns` says otherwise (coloured numbers are not recognised). Without a header the first
 * line is omitted.
 */
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  aligns?: readonly Align[],
): string => {
  const isNumeric = (column: number) => rows.length > 0 && rows.every(row => NUMBER.test(row[column] ?? ''));
  const colAligns = aligns ? [...aligns] : head.map((_, column): Align => (isNumeric(column) ? 'right' : 'left'));
  const made = new Table({
    head: [...head],
    colAligns,
    chars: { ...NO_BORDERS, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map(row => [...row]));
  return made
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n');
};
