import { spacing } from '../../kraken/spacing.js';
import { FIRST_CANDLE, badRow, type BadRowReason } from '../../market-data/bad-row.js';
import { damageIn, type Minutes } from '../../market-data/damage.js';
import type { EpochMs } from '../../units.js';
import { readCandleFile } from './csv.js';
import { RefusedFile } from './refused-file.js';
import type { CandleFile } from './sources.js';

/** The bad rows of one reason in one file. */
interface BadRows {
  count: number;
  /** Line numbers of the first few. */
  readonly lines: number[];
}

/** The content of a file, found by reading it completely before anything is stored. */
export interface Survey {
  readonly file: CandleFile;
  readonly rows: number;
  readonly bad: ReadonlyMap<BadRowReason, BadRows>;
  /** Minutes covered by bad rows. */
  readonly damaged: readonly Minutes[];
  /** Of the rows that can be stored; NaN if there are none. */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const LINES_SHOWN = 5;

const notOfOneMinute = ({ name, isNamedMinute }: CandleFile, minutes: number): RefusedFile =>
  new RefusedFile(
    name,
    'timeframe',
    `its rows are ${minutes} minutes apart, or a multiple of that: not one-minute candles.`,
    isNamedMinute
      ? ['Expected Kraken’s file of 1-minute candles, PAIR_1.csv.']
      : [
          'If each row is one minute of a market that is hardly traded, give the file the name that says so: PAIR_1.csv.',
        ],
  );

/**
 * Reads a whole file and stores nothing. Every problem of it (compression, columns, its end, the
 * distance of its rows) is found here, before the first write. Throws `UserError`, a `RefusedFile`
 * if the file is at fault.
 */
export const surveyFile = async (
  file: CandleFile,
  now: EpochMs,
  afterPiece: (bytesRead: number) => void,
): Promise<Survey> => {
  const bad = new Map<BadRowReason, BadRows>();
  const damage = damageIn(now);
  const apart = spacing();
  let rows = 0;
  let from = Infinity;
  let to = -Infinity;
  await readCandleFile(
    file,
    (line, at, open, high, low, close, volume, trades) => {
      rows++;
      const reason = badRow(at, open, high, low, close, volume, trades, now, FIRST_CANDLE);
      damage.row(at, reason);
      if (!reason) {
        apart.row(at);
        if (at < from) from = at;
        if (at > to) to = at;
        return;
      }
      const seen = bad.get(reason) ?? { count: 0, lines: [] };
      seen.count++;
      if (seen.lines.length < LINES_SHOWN) seen.lines.push(line);
      bad.set(reason, seen);
    },
    afterPiece,
  );
  if (rows === 0) throw new RefusedFile(file.name, 'empty', 'is empty. Expected at least one candle.');
  const minutes = apart.minutes(file.isNamedMinute);
  if (minutes !== null) throw notOfOneMinute(file, minutes);
  const none = from > to;
  return { file, rows, bad, damaged: damage.end(), from: none ? Number.NaN : from, to: none ? Number.NaN : to };
};
