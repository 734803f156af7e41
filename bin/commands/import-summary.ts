import type { Loaded } from '../../lib/world/import/load.js';
import type { ImportFile } from '../../lib/world/import/sources.js';
import type { Survey } from '../../lib/world/import/survey.js';
import { BAD_ROW_REASONS, type BadRowReason } from '../../lib/series/bad-row.js';
import type { EpochMs } from '../../lib/units.js';
import { table } from '../table.js';

/** One line of the summary: what one file of candles held and what became of it. */
export interface ImportLine {
  readonly survey: Survey;
  readonly loaded: Loaded;
}

const minute = (at: EpochMs): string | null => (Number.isNaN(at) ? null : new Date(at).toISOString());

/** The document of `--json`. */
export const importDocument = (lines: readonly ImportLine[], files: readonly ImportFile[]): unknown => ({
  files: lines.map(({ survey, loaded }) => ({
    file: survey.file.name,
    symbol: survey.file.symbol,
    from: minute(survey.from),
    to: minute(survey.to),
    rows: survey.rows,
    stored: loaded.inserted,
    revised: loaded.revised,
    unchanged: loaded.unchanged,
    quiet: loaded.quiet,
    gaps: loaded.gaps,
    suspect: loaded.suspects,
    duplicates: loaded.duplicates,
    bad: Object.fromEntries(
      [...survey.bad].map(([reason, { count, lines: at }]) => [
        reason,
        { count, reason: BAD_ROW_REASONS[reason], lines: at },
      ]),
    ),
  })),
  skipped: files.filter(({ skipped }) => skipped > 0).map(({ path, skipped }) => ({ file: path, members: skipped })),
});

const COLUMNS = [
  ...['file', 'market', 'rows', 'stored', 'revised', 'unchanged', 'quiet', 'gaps', 'suspect', 'twice', 'bad'],
  ...['from', 'to (UTC)'],
];
const count = (n: number): string => n.toLocaleString('en');
const shortMinute = (at: EpochMs): string => minute(at)?.slice(0, 16).replace('T', ' ') ?? '–';

const badLine = (survey: Survey, reason: BadRowReason): string => {
  const { count: rows, lines } = survey.bad.get(reason)!;
  const more = rows > lines.length ? ', …' : '';
  const noun = rows === 1 ? 'row' : 'rows';
  return `  ${survey.file.name}: ${count(rows)} ${noun}: ${BAD_ROW_REASONS[reason]} (line ${lines.join(', ')}${more})`;
};

/** The summary as text: a line for each file, then the bad rows by file and reason. */
export const importText = (lines: readonly ImportLine[], files: readonly ImportFile[]): string => {
  const rows = lines.map(({ survey, loaded }) => {
    const bad = [...survey.bad.values()].reduce((sum, rows) => sum + rows.count, 0);
    const { inserted, revised, unchanged, quiet, gaps, suspects, duplicates } = loaded;
    const counts = [survey.rows, inserted, revised, unchanged, quiet, gaps, suspects, duplicates, bad].map(count);
    const { name, symbol } = survey.file;
    return [name, symbol, ...counts, shortMinute(survey.from), shortMinute(survey.to)];
  });
  const bad = lines.flatMap(({ survey }) => [...survey.bad.keys()].map(reason => badLine(survey, reason)));
  const skipped = files
    .filter(archive => archive.skipped > 0)
    .map(({ path, skipped: left }) => {
      const were = left === 1 ? '1 other file in it was' : `${count(left)} other files in it were`;
      return `${path}: ${were} left out (only PAIR_1.csv is read).`;
    });
  return [
    table(COLUMNS, rows),
    ...(bad.length > 0 ? ['', 'Rows that were not stored:', ...bad] : []),
    ...(skipped.length > 0 ? ['', ...skipped] : []),
  ].join('\n');
};
