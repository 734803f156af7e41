import type { EpochMs } from '../units.js';

/** What a dataset's files can be. */
export const FORMATS = ['parquet', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Everything that decides what a dataset holds besides the stored rows: an export that goes on must ask for the same. */
export interface Request {
  readonly format: Format;
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

/** What differs between two requests, by name; none where they are the same. */
export const differences = (a: Request, b: Request): readonly string[] =>
  (Object.keys(a) as (keyof Request)[]).filter(name => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
