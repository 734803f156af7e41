import type { EpochMs } from '../units.js';
import type { FileSpan } from './partition.js';

/** What a dataset's files can be. */
export const FORMATS = ['parquet', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Everything that decides what a dataset holds besides the stored rows: an export that goes on must ask for the same. */
export interface Request {
  readonly format: Format;
  readonly filePer: FileSpan;
  /** Of the code that writes it. */
  readonly codeVersion: string;
  readonly symbols: readonly string[];
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  readonly horizons: readonly number[];
  readonly folds: number;
  /** By name; null: all that there are. */
  readonly columns: readonly string[] | null;
  /** Of the configuration, as `Configuration.hash`. */
  readonly configuration: string;
}

/** What a user asked for by which option. */
const OPTIONS: Readonly<Record<keyof Request, string>> = {
  format: '--format',
  filePer: '--file-per',
  codeVersion: 'the version of the bot',
  symbols: '--symbols (or the markets that are stored)',
  from: '--from',
  to: '--to',
  horizons: '--labels',
  folds: '--folds',
  columns: '--columns',
  configuration: 'the configuration',
};

/** What differs between two requests, by option; none where they are the same. */
export const differences = (a: Request, b: Request): readonly string[] =>
  (Object.keys(OPTIONS) as (keyof Request)[])
    .filter(name => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map(name => OPTIONS[name]);
