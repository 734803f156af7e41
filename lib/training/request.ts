import type { EpochMs } from '../units.js';
import type { FileSpan } from './partition.js';

/** File formats of a dataset. */
export const FORMATS = ['parquet', 'csv'] as const;
/** Format of a dataset's files. */
export type Format = (typeof FORMATS)[number];

/** All inputs of a dataset except stored rows; a resumed export must have the same. */
export interface Request {
  readonly format: Format;
  readonly filePer: FileSpan;
  /** Version of the writing code. */
  readonly codeVersion: string;
  readonly symbols: readonly string[];
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
  readonly horizons: readonly number[];
  readonly folds: number;
  /** By name; null: all. */
  readonly columns: readonly string[] | null;
  /** `Configuration.hash`. */
  readonly configuration: string;
}

/** The option of each part of a request. */
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

/** The options in which two requests differ. */
export const differences = (a: Request, b: Request): readonly string[] =>
  (Object.keys(OPTIONS) as (keyof Request)[])
    .filter(name => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map(name => OPTIONS[name]);
