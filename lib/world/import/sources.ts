import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.js';
import { archiveName, splitArchive, type ArchiveName } from '../../kraken/archive.js';
import { symbolOf } from '../../kraken/pairs.js';
import type { OpenText } from './open-text.js';
import { RefusedFile } from './refused-file.js';
import { unreadable } from './unreadable.js';
import { zipMembers, type ZipMember } from './zip.js';

/** One series of one-minute candles in one file. */
export interface CandleFile {
  /** For the user: the path, or `archive.zip: folder/XBTUSD_1.csv`. */
  readonly name: string;
  readonly symbol: string;
  /** Whether the file's name says that its candles are one minute long. */
  readonly isNamedMinute: boolean;
  /** Bytes to read from the disk, for progress. */
  readonly bytes: number;
  /** Read errors appear in the text; they may be passed to `unreadable`. */
  readonly open: () => Promise<OpenText>;
}

/** A candle file within an archive that is not imported. */
export interface UnusedRows {
  /** For the user. */
  readonly name: string;
  /** The symbol of its market; null if it has none. */
  readonly symbol: string | null;
  readonly reason: UserError;
}

/** The content of one path on the command line. */
export interface ImportFile {
  readonly path: string;
  /** For an archive: unusable members are skipped instead of failing everything. */
  readonly isArchive: boolean;
  readonly candles: readonly CandleFile[];
  /** Members of an archive that have one-minute candles by their name, but are unusable. */
  readonly leftOut: readonly UnusedRows[];
  /** Number of members of an archive that are not one-minute candles by their name. */
  readonly skipped: number;
}

const EXPECTED =
  'Expected Kraken’s candle files: PAIR_1.csv (as XBTUSD_1.csv), the same as .csv.gz, or a .zip of them.';

const PIECE_BYTES = 1 << 18;
/** Dark pools had their own books and prices. */
const DARK_POOL = /\.d$/;
/** Kraken's tokenized stocks: AAPLxUSD. */
const TOKENIZED = /^[A-Z0-9.]+x[A-Z0-9]+$/;

/** The symbol of a file's name. Throws `RefusedFile` if it is not a market of coins. */
const symbolIn = (name: string, { pair }: ArchiveName): string => {
  if (DARK_POOL.test(pair))
    throw new RefusedFile(name, 'dark_pool', `${JSON.stringify(pair)} is a dark pool, not the market itself.`);
  if (TOKENIZED.test(pair))
    throw new RefusedFile(name, 'tokenized', `${JSON.stringify(pair)} is a tokenized stock, not a coin.`);
  const symbol = symbolOf(pair);
  if (!symbol)
    throw new RefusedFile(name, 'pair', `unknown pair ${JSON.stringify(pair)}.`, [
      'The name must begin with a pair as Kraken writes it: XBTUSD_1.csv, XDGEUR_1.csv, ETHXBT_1.csv.',
    ]);
  return symbol;
};

/**
 * The text of a file that may be gzipped. Errors of either stream appear where the text is read.
 */
const unzipped = (name: string, raw: Readable): Readable =>
  /\.gz$/i.test(name) ? pipeline(raw, createGunzip({ chunkSize: PIECE_BYTES }), () => undefined) : raw;

const plainFile = (path: string, bytes: number): ImportFile => {
  const name = archiveName(basename(path));
  if (!name) throw new RefusedFile(path, 'name', 'not a Kraken candle file name.', [EXPECTED]);
  if (name.minutes !== null && name.minutes !== 1)
    throw new RefusedFile(
      path,
      'timeframe',
      `holds candles of ${name.minutes} minutes; only those of one minute are imported.`,
      [EXPECTED],
    );
  const open = (): Promise<OpenText> => {
    const raw = createReadStream(path, { highWaterMark: PIECE_BYTES });
    return Promise.resolve({ text: unzipped(path, raw), bytesRead: () => raw.bytesRead });
  };
  const file = { name: path, symbol: symbolIn(path, name), isNamedMinute: name.minutes === 1, bytes, open };
  return { path, isArchive: false, candles: [file], leftOut: [], skipped: 0 };
};

const openMember = async ({ name, open }: ZipMember): Promise<OpenText> => {
  const { text, bytesRead } = await open();
  return { text: unzipped(name, text), bytesRead };
};

/** A member as a candle file, or why it is not one. */
const fileOf = (shown: string, name: ArchiveName, member: ZipMember): CandleFile | UnusedRows => {
  try {
    const symbol = symbolIn(shown, name);
    if (member.unreadable === null)
      return { name: shown, symbol, isNamedMinute: true, bytes: member.bytes, open: () => openMember(member) };
    const found = `is packed with ${member.unreadable}, which cannot be read here.`;
    const hint = 'Unpack the archive with another program (7z x, unzip) and import the .csv files.';
    return { name: shown, symbol, reason: new RefusedFile(shown, 'packing', found, [hint]) };
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    return { name: shown, symbol: null, reason: error };
  }
};

const zipFile = async (path: string): Promise<ImportFile> => {
  const members = await zipMembers(path);
  const candles: CandleFile[] = [];
  const leftOut: UnusedRows[] = [];
  for (const member of members) {
    const name = archiveName(member.name);
    if (name?.minutes !== 1) continue;
    // A member can have any name; the terminal must not be controlled by it.
    const shown = `${path}: ${member.name.replace(/\p{C}/gu, '?')}`;
    const file = fileOf(shown, name, member);
    if ('reason' in file) leftOut.push(file);
    else candles.push(file);
  }
  const skipped = members.length - candles.length - leftOut.length;
  if (skipped === members.length)
    throw new UserError([`${path}: no PAIR_1.csv among its ${members.length} files.`, EXPECTED]);
  return { path, isArchive: true, candles, leftOut, skipped };
};

/**
 * Checks a path's name, type and (for an archive) table of contents. Throws `UserError` if it
 * cannot be imported.
 */
export const importFile = async (path: string): Promise<ImportFile> => {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) throw new UserError([`${path}: is not a file.`, EXPECTED]);
  const whole = splitArchive(path);
  if (whole)
    throw new UserError([
      `${path}: is one part of an archive that was split, ${basename(whole.name)}.`,
      `Join its parts to one file, in the order of their numbers: cat ${whole.parts} > ${whole.name}; then import that.`,
    ]);
  return /\.zip$/i.test(path) ? zipFile(path) : plainFile(path, found.size);
};
