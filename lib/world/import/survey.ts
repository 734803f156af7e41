import { UserError } from '../../errors.js';
import { FIRST_CANDLE, badRow, type BadRowReason } from '../../series/bad-row.js';
import { damageIn, type Minutes } from '../../series/damage.js';
import type { EpochMs } from '../../units.js';
import { readCandleFile } from './csv.js';
import type { CandleFile } from './sources.js';

/** The bad rows of one reason in one file. */
interface BadRows {
  count: number;
  /** The lines of the first few. */
  readonly lines: number[];
}

/** What a file holds, found by reading it once from beginning to end before anything is stored. */
export interface Survey {
  readonly file: CandleFile;
  readonly rows: number;
  readonly bad: ReadonlyMap<BadRowReason, BadRows>;
  /** Minutes of which bad rows stand. */
  readonly damaged: readonly Minutes[];
  /** Of the rows that can be stored; NaN if there is none. */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

const LINES_SHOWN = 5;

/**
 * Reads a whole file and stores nothing. Whatever is wrong with it (packing, columns, its end) shows here, before the
 * first write. Throws `UserError`.
 */
export const surveyFile = async (
  file: CandleFile,
  now: EpochMs,
  afterPiece: (bytesRead: number) => void,
): Promise<Survey> => {
  const bad = new Map<BadRowReason, BadRows>();
  const damage = damageIn(now);
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
  if (rows === 0) throw new UserError([`${file.name}: is empty. Expected at least one candle.`]);
  const none = from > to;
  return { file, rows, bad, damaged: damage.end(), from: none ? Number.NaN : from, to: none ? Number.NaN : to };
};
