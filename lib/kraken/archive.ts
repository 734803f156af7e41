/** What the name of a file of Kraken's downloadable candles says. */
export interface ArchiveName {
  /** Kraken's name of the pair, in no certain spelling. */
  readonly pair: string;
  /** Length of a candle; null where the name does not say. */
  readonly minutes: number | null;
}

const NAME = /^(?<pair>[^_/\\]+?)(?:_(?<minutes>\d{1,5}))?(?: ?\(\d+\))?\.csv(?:\.gz)?$/i;

/**
 * Reads names like `XBTUSD_1.csv`, `XBTUSD_1.csv.gz` and a browser's `XBTUSD_1 (2).csv`; folders before it do not count.
 * Null where the name is not of this form.
 */
export const archiveName = (path: string): ArchiveName | null => {
  const found = NAME.exec(path.split(/[/\\]/).at(-1) ?? '')?.groups;
  return found ? { pair: found['pair']!, minutes: found['minutes'] ? Number(found['minutes']) : null } : null;
};

/** An archive that was split into numbered parts. */
export interface SplitArchive {
  /** Path of the whole archive. */
  readonly name: string;
  /** Its parts as a shell pattern. */
  readonly parts: string;
}

const PART = /^(?<whole>.+\.zip)\.(?<mark>part)?\d+$/i;

/** Whether a path is that of one part of a split archive: `Kraken_OHLCVT.zip.part00`, `Kraken_OHLCVT.zip.001`. Null where it is not. */
export const splitArchive = (path: string): SplitArchive | null => {
  const { whole, mark = '' } = PART.exec(path)?.groups ?? {};
  return whole === undefined ? null : { name: whole, parts: `${whole}.${mark}*` };
};
