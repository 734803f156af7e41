/** A table of a documentation page that is written from declarations. */
export interface DerivedTable {
  /** What it lists, in the plural, for the error message. */
  readonly of: string;
  /** Its heading row; no other table of the page has the same one. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

/**
 * The page with the rows of its table as declared. Throws `Error` if the page has no table with
 * these columns.
 */
export const withTable = (page: string, { of, columns, rows }: DerivedTable): string => {
  const head = lineOf(columns) + `|${'---|'.repeat(columns.length)}\n`;
  const start = page.indexOf(head);
  if (start < 0) throw new Error(`found no table of the ${of}, expected one under the line ${lineOf(columns).trim()}`);
  const end = start + /^(?:\|.*\n)+/.exec(page.slice(start))![0].length;
  return page.slice(0, start) + head + rows.map(lineOf).join('') + page.slice(end);
};
