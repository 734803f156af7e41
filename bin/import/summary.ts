import { BAD_ROW_REASONS, type BadRowReason } from '../../lib/market-data/bad-row.js';
import type { EpochMs } from '../../lib/units.js';
import type { Loaded } from '../../lib/world/import/load.js';
import { RefusedFile, REFUSALS, type Refusal } from '../../lib/world/import/refused-file.js';
import type { UnusedRows } from '../../lib/world/import/sources.js';
import type { Survey } from '../../lib/world/import/survey.js';
import { count, counted } from '../report/format.js';
import { table } from '../table.js';
import type { ImportLine } from './load.js';
import type { ReadFile } from './read.js';

/** The result of an import. */
export interface ImportSummary {
  readonly lines: readonly ImportLine[];
  readonly files: readonly ReadFile[];
  /** Requested markets without a file. */
  readonly absent: readonly string[];
}

const minute = (at: EpochMs): string | null => (Number.isNaN(at) ? null : new Date(at).toISOString());
const refusalOf = ({ reason }: UnusedRows): Refusal => (reason instanceof RefusedFile ? reason.refusal : 'damaged');
const foundIn = ({ reason }: UnusedRows): string => (reason instanceof RefusedFile ? reason.found : reason.lines[0]!);

/** The document of `--json`. */
export const importDocument = ({ lines, files, absent }: ImportSummary): unknown => ({
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
    withdrawn: loaded.withdrawn,
    bad: Object.fromEntries(
      [...survey.bad].map(([reason, { count: rows, lines: at }]) => [
        reason,
        { count: rows, reason: BAD_ROW_REASONS[reason], lines: at },
      ]),
    ),
  })),
  leftOut: files.flatMap(({ path, leftOut }) =>
    leftOut.map(each => ({ archive: path, file: each.name, reason: refusalOf(each), text: foundIn(each) })),
  ),
  skipped: files.filter(({ skipped }) => skipped > 0).map(({ path, skipped }) => ({ file: path, members: skipped })),
  notChosen: files.reduce((sum, { notChosen }) => sum + notChosen, 0),
  absent,
});

const COLUMNS = [
  'file',
  'market',
  'rows',
  'stored',
  'revised',
  'unchanged',
  'quiet',
  'gaps',
  'suspect',
  'twice',
  'bad',
  'from',
  'to (UTC)',
];
/** More files than this are summarised in one line; those with bad rows are shown. */
const MAX_LINES = 50;
const MAX_NAMES = 40;
const MAX_BAD = 40;
const COUNTS = ['inserted', 'revised', 'unchanged', 'quiet', 'gaps', 'suspects', 'duplicates'] as const;

const shortMinute = (at: EpochMs): string => minute(at)?.slice(0, 16).replace('T', ' ') ?? '–';
const badIn = ({ bad }: Survey): number => [...bad.values()].reduce((sum, rows) => sum + rows.count, 0);

const cellsOf = (name: string, market: string, lines: readonly ImportLine[]): readonly string[] => {
  const sum = (value: (line: ImportLine) => number) => count(lines.reduce((total, line) => total + value(line), 0));
  const times = lines.filter(({ survey }) => !Number.isNaN(survey.from)).map(({ survey }) => survey);
  const from = times.reduce((least, survey) => Math.min(least, survey.from), Infinity);
  const to = times.reduce((most, survey) => Math.max(most, survey.to), -Infinity);
  return [
    name,
    market,
    sum(({ survey }) => survey.rows),
    ...COUNTS.map(column => sum(({ loaded }: { loaded: Loaded }) => loaded[column])),
    sum(({ survey }) => badIn(survey)),
    ...(times.length > 0 ? [shortMinute(from), shortMinute(to)] : ['–', '–']),
  ];
};

const tableOf = (lines: readonly ImportLine[]): string => {
  const isLong = lines.length > MAX_LINES;
  const shown = isLong ? lines.filter(({ survey }) => badIn(survey) > 0).slice(0, MAX_LINES) : lines;
  const rows = shown.map(line => cellsOf(line.survey.file.name, line.survey.file.symbol, [line]));
  const markets = new Set(lines.map(({ survey }) => survey.file.symbol)).size;
  const all = cellsOf(`all ${count(lines.length)} files`, counted(markets, 'market', 'markets'), lines);
  return table(COLUMNS, lines.length > 1 ? [...rows, all] : rows);
};

const badLine = (survey: Survey, reason: BadRowReason): string => {
  const { count: rows, lines } = survey.bad.get(reason)!;
  const more = rows > lines.length ? ', …' : '';
  const why = BAD_ROW_REASONS[reason];
  return `  ${survey.file.name}: ${counted(rows, 'row', 'rows')}: ${why} (line ${lines.join(', ')}${more})`;
};

const capped = (lines: readonly string[], most: number): readonly string[] =>
  lines.length > most ? [...lines.slice(0, most), `  … and ${count(lines.length - most)} more (--json)`] : lines;

/** Reasons that need only the file name; for others each file has its own line. */
const SAYS_ALL: ReadonlySet<Refusal> = new Set(['pair', 'dark_pool', 'tokenized', 'empty']);

const leftOutText = ({ path, leftOut }: ReadFile): readonly string[] => {
  if (leftOut.length === 0) return [];
  const nameOf = ({ name }: UnusedRows) => name.slice(path.length + 2);
  const lines = (Object.keys(REFUSALS) as Refusal[]).flatMap(refusal => {
    const files = leftOut.filter(each => refusalOf(each) === refusal);
    if (files.length === 0) return [];
    if (!SAYS_ALL.has(refusal))
      return capped(
        files.map(each => `  ${nameOf(each)}: ${foundIn(each)}`),
        MAX_NAMES,
      );
    const names = files.slice(0, MAX_NAMES).map(nameOf);
    const more = files.length > MAX_NAMES ? `, … and ${count(files.length - MAX_NAMES)} more (--json)` : '';
    return [`  ${REFUSALS[refusal]} (${count(files.length)}): ${names.join(', ')}${more}`];
  });
  return ['', `${path}: ${counted(leftOut.length, 'file was', 'files were')} left out:`, ...lines];
};

const skippedText = ({ path, skipped }: ReadFile): string =>
  `${path}: ${counted(skipped, 'other file in it was', 'other files in it were')} left out (only PAIR_1.csv is read).`;

/** The summary as text: files, then bad rows by file and reason, then skipped archive members. */
export const importText = ({ lines, files, absent }: ImportSummary): string => {
  const bad = lines.flatMap(({ survey }) => [...survey.bad.keys()].map(reason => badLine(survey, reason)));
  const withdrawn = lines.reduce((sum, { loaded }) => sum + loaded.withdrawn, 0);
  const notChosen = files.reduce((sum, file) => sum + file.notChosen, 0);
  const notes = [
    ...files.filter(({ skipped }) => skipped > 0).map(skippedText),
    ...(notChosen > 0 ? [`${counted(notChosen, 'file is', 'files are')} of markets that were not requested.`] : []),
    ...(absent.length > 0 ? [`No file is of ${absent.join(', ')}.`] : []),
    ...(withdrawn > 0
      ? [`${counted(withdrawn, 'minute', 'minutes')} that an earlier import stored as quiet: now unknown, a gap.`]
      : []),
  ];
  return [
    tableOf(lines),
    ...(bad.length > 0
      ? ['', 'Rows that were not stored; their minutes are gaps unless another row covers them:']
      : []),
    ...capped(bad, MAX_BAD),
    ...files.flatMap(leftOutText),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
};
