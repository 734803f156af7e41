/** The accepted spelling of numbers: no blanks, no hexadecimal, no `Infinity`. */
const DECIMAL = /^[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/;

/** The number in a cell of an answer, written as a number or as text; NaN for everything else. */
export const decimalOf = (cell: unknown): number =>
  typeof cell === 'number' ? cell : typeof cell === 'string' && DECIMAL.test(cell) ? Number(cell) : Number.NaN;

/** As `decimalOf`, null unless finite and above 0. */
export const positiveOf = (cell: unknown): number | null => {
  const value = decimalOf(cell);
  return value > 0 && value < Infinity ? value : null;
};

/** Whether a part of an answer is an object with named members. */
export const isRecord = (part: unknown): part is Readonly<Record<string, unknown>> =>
  typeof part === 'object' && part !== null && !Array.isArray(part);

/** The cells of a row; empty if it is not a row. */
export const cellsOf = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : []);
