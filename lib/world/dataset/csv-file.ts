import { TextDecoder } from 'node:util';
import type { Column } from '../../training/columns.js';
import { csvHead, parseCsvRows } from '../../training/csv.js';
import { UserError } from '../../errors.js';
import type { FileToRead } from './file-to-read.js';

/** Rows parsed at a time: about a month of a market. */
const MAX_ROWS = 44_640;

/** The lines of a file, each without its end. */
const linesOf = function* (file: FileToRead): Generator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for (const portion of file.portions()) {
    const lines = (rest + decoder.decode(portion, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
};

/**
 * The columns of a CSV file of a dataset by name, some rows at a time. Throws `UserError` if it has
 * others.
 */
export const readCsv = function* (
  file: FileToRead,
  columns: readonly Column[],
): Generator<ReadonlyMap<string, Float64Array>> {
  const lines = linesOf(file);
  if (lines.next().value !== csvHead(columns))
    throw new UserError(['its head does not name the columns of the manifest'], 1);
  let some: string[] = [];
  for (const line of lines) {
    some.push(line);
    if (some.length < MAX_ROWS) continue;
    yield parseCsvRows(some, columns);
    some = [];
  }
  if (some.length > 0) yield parseCsvRows(some, columns);
};
