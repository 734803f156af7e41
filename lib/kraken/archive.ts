/** The parts of the name of one of Kraken's downloadable candle files. */
export interface ArchiveName {
  /** Kraken's name of the pair, in any of its spellings. */
  readonly pair: string;
  /** Length of a candle; null if the name does not contain it. */
  readonly minutes: number | null;
}

const NAME = /^(?<pair>[^_/\\]+?)(?:_(?<minutes>\d{1,5}))?(?: ?\(\d+\))?\.csv(?:\.gz)?$/i;

/**
 * Reads names such as `XBTUSD_1.csv`, `XBTUSD_1.csv.gz` and a browser's `XBTUSD_1 (2).csv`,
 * ignoring folders. Null if the name has another form.
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

/**
 * Reads the path of a part of a split archive: `Kraken_OHLCVT.zip.part00`, `Kraken_OHLCVT.zip.001`.
 * Null for any other.
 */
export const splitArchive = (path: string): SplitArchive | null => {
  const { whole, mark = '' } = PART.exec(path)?.groups ?? {};
  return whole === undefined ? null : { name: whole, parts: `${whole}.${mark}*` };
};
