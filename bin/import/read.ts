import { Aborted, UserError } from '../../lib/errors.js';
import { nearSymbols } from '../../lib/exchange/near.js';
import { BAD_ROW_REASONS } from '../../lib/market-data/bad-row.js';
import type { EpochMs } from '../../lib/units.js';
import { contradiction, overlapsAmong } from '../../lib/world/import/overlap.js';
import { RefusedFile } from '../../lib/world/import/refused-file.js';
import type { CandleFile, ImportFile, UnusedRows } from '../../lib/world/import/sources.js';
import { surveyFile, type Survey } from '../../lib/world/import/survey.js';
import { isoTime } from '../../lib/report/time.js';
import { count } from '../report/format.js';
import type { Terminal } from '../terminal.js';

/** Imported and skipped files of one path. */
export interface ReadFile extends Pick<ImportFile, 'path' | 'isArchive' | 'skipped'> {
  /** Selected files that can be imported, each read to its end. */
  readonly surveys: readonly Survey[];
  /** Selected members of an archive that cannot be imported. */
  readonly leftOut: readonly UnusedRows[];
  /** Files of markets that were not requested. */
  readonly notChosen: number;
}

/** Throws `Aborted` once the user has stopped the command. */
export const stopIfAsked = ({ signal }: Terminal): void => {
  if (signal.aborted) throw new Aborted();
};

const NOTHING = 'Nothing was imported.';

/** The result for each path; throws one error with all problems of all paths. */
export const forEachPath = async <T, R>(items: readonly T[], check: (item: T) => Promise<R>): Promise<readonly R[]> => {
  const results: R[] = [];
  const wrong: string[] = [];
  for (const item of items)
    try {
      results.push(await check(item));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      wrong.push(...error.lines);
    }
  if (wrong.length > 0) throw new UserError([...wrong, NOTHING]);
  return results;
};

/** A path with its selected files; all if no market is given. */
type ChosenFile = ImportFile & Pick<ReadFile, 'notChosen'>;

/** The files of the requested markets. Throws `UserError` if there are none. */
export const choose = (
  files: readonly ImportFile[],
  wanted: readonly string[] | null,
): { readonly chosen: readonly ChosenFile[]; readonly absent: readonly string[] } => {
  if (!wanted) return { chosen: files.map(file => ({ ...file, notChosen: 0 })), absent: [] };
  const isWanted = ({ symbol }: { readonly symbol: string | null }) => symbol !== null && wanted.includes(symbol);
  const chosen = files.map(file => {
    const [candles, leftOut] = [file.candles.filter(isWanted), file.leftOut.filter(isWanted)];
    const notChosen = file.candles.length + file.leftOut.length - candles.length - leftOut.length;
    return { ...file, candles, leftOut, notChosen };
  });
  const found = new Set(chosen.flatMap(({ candles, leftOut }) => [...candles, ...leftOut].map(({ symbol }) => symbol)));
  const absent = wanted.filter(symbol => !found.has(symbol));
  if (found.size > 0) return { chosen, absent };
  const there = [...new Set(files.flatMap(({ candles }) => candles.map(({ symbol }) => symbol)))];
  const near = [...new Set(wanted.flatMap(symbol => nearSymbols(symbol, there)))];
  throw new UserError([
    `--symbols: no file is of ${wanted.join(', ')}${near.length > 0 ? `; there are files of ${near.join(', ')}` : ''}.`,
    NOTHING,
  ]);
};

interface Reading {
  readonly at: EpochMs;
  readonly terminal: Terminal;
  /** Called with a file's progress. */
  readonly bytesRead: (file: CandleFile, bytes: number) => void;
}

/** Refuses a file that was given by name if every row of it is bad. */
const refuseWithoutRows = ({ file, rows, bad, from }: Survey): void => {
  if (!Number.isNaN(from)) return;
  const reasons = [...bad].map(([reason, { lines }]) => `${BAD_ROW_REASONS[reason]} (line ${lines[0]!})`);
  throw new RefusedFile(
    file.name,
    'damaged',
    `${rows === 1 ? 'its only row is bad' : `all of its ${count(rows)} rows are bad`}: ${reasons.join('; ')}.`,
    ['Expected at least one candle that can be stored.'],
  );
};

const surveyChosen = async (
  { path, isArchive, skipped, candles, leftOut, notChosen }: ChosenFile,
  { at, terminal, bytesRead }: Reading,
): Promise<ReadFile> => {
  const surveys: Survey[] = [];
  const refused: UnusedRows[] = [];
  for (const file of candles)
    try {
      const survey = await surveyFile(file, at, bytes => {
        stopIfAsked(terminal);
        bytesRead(file, bytes);
      });
      if (!isArchive) refuseWithoutRows(survey);
      surveys.push(survey);
    } catch (error) {
      if (!isArchive || !(error instanceof UserError)) throw error;
      refused.push({ name: file.name, symbol: file.symbol, reason: error });
    }
  return { path, isArchive, skipped, surveys, leftOut: [...leftOut, ...refused], notChosen };
};

const minuteOf = (at: EpochMs): string => isoTime(at).slice(0, 16).replace('T', ' ');

/**
 * Skips archive members that contradict the row of another file for a minute. Throws `UserError` if
 * two files given by name contradict each other.
 */
const withoutContradictions = async (
  files: readonly ReadFile[],
  at: EpochMs,
  terminal: Terminal,
): Promise<readonly ReadFile[]> => {
  const refused = new Map<Survey, RefusedFile>();
  const inArchive = new Set(files.flatMap(({ isArchive, surveys }) => (isArchive ? surveys : [])));
  const wrong: string[] = [];
  for (const overlap of overlapsAmong(files.flatMap(({ surveys }) => surveys))) {
    if (overlap.some(survey => refused.has(survey))) continue;
    const minute = await contradiction(overlap, at, () => stopIfAsked(terminal));
    if (minute === null) continue;
    const [one, other] = overlap;
    const refusals = [
      [one, other],
      [other, one],
    ].map(([own, against]) => {
      const found = `holds another row for ${minuteOf(minute)} than ${against!.file.name}: both are ${own!.file.symbol}.`;
      const hint = 'Import the correct one; the other can be imported afterwards, as a revision.';
      return [own!, new RefusedFile(own!.file.name, 'contradiction', found, [hint])] as const;
    });
    const members = refusals.filter(([survey]) => inArchive.has(survey));
    for (const [survey, refusal] of members) refused.set(survey, refusal);
    if (members.length === 0) wrong.push(...refusals[1]![1].lines);
  }
  if (wrong.length > 0) throw new UserError([...wrong, NOTHING]);
  return files.map(file => ({
    ...file,
    surveys: file.surveys.filter(survey => !refused.has(survey)),
    leftOut: [
      ...file.leftOut,
      ...file.surveys.flatMap(survey => {
        const reason = refused.get(survey);
        return reason ? [{ name: survey.file.name, symbol: survey.file.symbol, reason }] : [];
      }),
    ],
  }));
};

/**
 * Reads all files completely before anything is stored. Unusable archive members are skipped.
 * Throws `UserError` if a file given by name is unusable or nothing remains, `Aborted` after
 * Ctrl-C.
 */
export const readAll = async (
  chosen: readonly ChosenFile[],
  at: EpochMs,
  terminal: Terminal,
): Promise<readonly ReadFile[]> => {
  const candles = chosen.flatMap(file => file.candles);
  const before = new Map<CandleFile, number>();
  const total = candles.reduce((sum, file) => {
    before.set(file, sum);
    return sum + file.bytes;
  }, 0);
  const places = new Map(candles.map((file, i) => [file, i + 1]));
  const progress = terminal.progress('Checking', total);
  const bytesRead = (file: CandleFile, bytes: number): void =>
    progress.at(before.get(file)! + bytes, `${file.symbol}, file ${places.get(file)} of ${candles.length}`);
  try {
    const files = await forEachPath(chosen, file => surveyChosen(file, { at, terminal, bytesRead }));
    const read = await withoutContradictions(files, at, terminal);
    if (read.some(({ surveys }) => surveys.length > 0)) return read;
    const reasons = read.flatMap(({ leftOut }) => leftOut.map(({ reason }) => reason));
    throw new UserError([...new Set(reasons.flatMap(({ lines }) => lines)), NOTHING]);
  } catch (error) {
    if (error instanceof Aborted) terminal.err('Stopped: nothing was imported.');
    throw error;
  } finally {
    progress.stop();
  }
};
