import { DAY_MS, type EpochMs } from '../units.js';

/** Periods that one file of a market can cover. */
export const FILE_SPANS = ['day', 'month', 'year'] as const;
/** Period of one file of a market. */
export type FileSpan = (typeof FILE_SPANS)[number];

/** Default span of a file: a day of a market has 1,440 rows, a month 43,000, a year 525,600. */
export const DEFAULT_SPAN: FileSpan = 'year';

/** Subfolder with only the data files: readers treat every file under a folder as data. */
export const DATA_FOLDER = 'data';

/** The partition column of each span, and how many characters of a date are its value. */
const PARTITIONS = {
  day: { key: 'date', length: '2026-04-01'.length },
  month: { key: 'month', length: '2026-04'.length },
  year: { key: 'year', length: '2026'.length },
} as const satisfies Record<FileSpan, { readonly key: string; readonly length: number }>;

/** The partition column of a span: `date`, `month` or `year`. */
export const partitionColumn = (span: FileSpan): string => PARTITIONS[span].key;

/** Partition value of a day (2026-04-01): 2026-04-01, 2026-04 or 2026. */
export const spanOf = (date: string, span: FileSpan): string => date.slice(0, PARTITIONS[span].length);

/** Hive-style path of the file with a market's day (2026-04-01) within the dataset. */
export const pathOf = (symbol: string, date: string, span: FileSpan, format: string): string =>
  `${DATA_FOLDER}/symbol=${symbol.replace('/', '-')}/${PARTITIONS[span].key}=${spanOf(date, span)}/part-0.${format}`;

/** A file as described by its path. */
export interface Place {
  readonly symbol: string;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

const FORM =
  /^data\/symbol=([A-Z0-9.]+)-([A-Z0-9.]+)\/(date|month|year)=(\d{4}(?:-\d{2}){0,2})\/part-0\.(parquet|csv)$/;

/** Parses a path; null if it is not that of a data file. */
export const placeOf = (path: string, span: FileSpan, format: string): Place | null => {
  const [, base, quote, , value] = FORM.exec(path) ?? [];
  if (base === undefined || quote === undefined || value === undefined) return null;
  const symbol = `${base}/${quote}`;
  if (path !== pathOf(symbol, value, span, format) || value.length !== PARTITIONS[span].length) return null;
  const [year = 0, month = 1, day = 1] = value.split('-').map(Number);
  const from = Date.UTC(year, month - 1, day);
  if (new Date(from).toISOString().slice(0, value.length) !== value) return null;
  const to = span === 'day' ? from + DAY_MS : span === 'month' ? Date.UTC(year, month) : Date.UTC(year + 1, 0);
  return { symbol, from, to };
};
