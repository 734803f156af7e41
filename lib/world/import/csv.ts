import type { Readable } from 'node:stream';
import { lineReader, type NumberLine } from '../../kraken/lines.js';
import type { EpochMs } from '../../units.js';
import { RefusedFile } from './refused-file.js';
import type { CandleFile } from './sources.js';
import { unreadable } from './unreadable.js';

/**
 * Receives a row as it is written, bad or not. An invalid number is NaN; `trades` is NaN if blank,
 * -1 if not a number.
 */
export type TakeRow = (
  line: number,
  at: EpochMs,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  trades: number,
) => void;

const COLUMNS = 'unix seconds,open,high,low,close,volume,trades';
const COUNT = 7;
/** Seconds of the year 5138; as milliseconds it is 1973. */
const MAX_SECONDS = 1e11;

const wrong = (name: string, line: number, found: string): RefusedFile =>
  new RefusedFile(name, 'damaged', `, line ${line}: ${found}.`, [
    `Expected Kraken’s ${COUNT} columns without a header: ${COLUMNS}`,
  ]);

const shown = (row: NumberLine): string => JSON.stringify(row.text().slice(0, 80));

const wrongShape = (name: string, row: NumberLine, first: boolean): RefusedFile | null => {
  if (row.columns !== COUNT) {
    const hint = first ? '' : '; the file may be truncated';
    return wrong(
      name,
      row.line,
      `${row.columns} ${row.columns === 1 ? 'column' : 'columns'} instead of ${COUNT}${hint}: ${shown(row)}`,
    );
  }
  if (!first) return null;
  const seconds = row.values[0]!;
  if (Number.isNaN(seconds))
    return wrong(name, row.line, `the first column is not a time (is this a header?): ${shown(row)}`);
  return seconds > MAX_SECONDS ? wrong(name, row.line, `the time is not in seconds: ${shown(row)}`) : null;
};

const pieces = async function* (name: string, text: Readable): AsyncIterable<Buffer> {
  try {
    yield* text as AsyncIterable<Buffer>;
  } catch (error) {
    unreadable(name, error);
  }
};

/**
 * Reads one file of candles row by row, never holding more than a chunk; waits for `afterPiece`
 * between chunks. Throws `RefusedFile` at the first row without seven columns, and if the file
 * cannot be read to its end.
 */
export const readCandleFile = async (
  file: CandleFile,
  take: TakeRow,
  afterPiece: (bytesRead: number) => Promise<void> | void,
): Promise<void> => {
  let first = true;
  const reader = lineReader(COUNT, row => {
    const refused = wrongShape(file.name, row, first);
    if (refused) throw refused;
    first = false;
    const { values } = row;
    const trades = row.isBlank(6) || !Number.isNaN(values[6]) ? values[6]! : -1;
    take(row.line, values[0]! * 1_000, values[1]!, values[2]!, values[3]!, values[4]!, values[5]!, trades);
  });
  const { text, bytesRead } = await file.open().catch((error: unknown) => unreadable(file.name, error));
  try {
    for await (const piece of pieces(file.name, text)) {
      try {
        reader.piece(piece);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new RefusedFile(file.name, 'damaged', `${error.message}: not a CSV file of candles.`);
      }
      await afterPiece(bytesRead());
    }
    reader.end();
  } finally {
    text.destroy();
  }
};
