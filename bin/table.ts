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

/** An aligned table without borders, two spaces between columns; columns of numbers to the right. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const colAligns = head.map((_, column) =>
    rows.length > 0 && rows.every(row => NUMBER.test(row[column] ?? '')) ? ('right' as const) : ('left' as const),
  );
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
