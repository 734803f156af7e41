import Table from 'cli-table3';

/** Columns that hold numbers are set right. */
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
 * An aligned table without borders, two spaces between columns. Columns of numbers are set right
 * unless `aligns` says otherwise (coloured numbers are not recognised as such). Without a head
 * there is no first line.
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
