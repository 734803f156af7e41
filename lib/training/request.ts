import type { EpochMs } from '../units.js';
import type { FileSpan } from './partition.js';

/** File formats of a dataset. */
export const FORMATS = ['parquet', 'csv'] as const;
/** Format of a dataset's files. */
export type Format = (typeof FORMATS)[number];

/** The strategy file whose decisions and columns a dataset has. */
export interface RequestedStrategy {
  readonly name: string;
  /** The path of its file. */
  readonly use: string;
  readonly parameters: Readonly<Record<string, number | boolean | string>>;
  /** SHA-256 of the file with all that it imports. */
  readonly sourceHash: string | null;
}

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
  /** Missing for momentum as the configuration has it. */
  readonly strategy?: RequestedStrategy | undefined;
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
  strategy: '--strategy or --set (or the file has changed)',
};

/** The options in which two requests differ. */
export const differences = (a: Request, b: Request): readonly string[] =>
  (Object.keys(OPTIONS) as (keyof Request)[])
    .filter(name => JSON.stringify(a[name]) !== JSON.stringify(b[name]))
    .map(name => OPTIONS[name]);
