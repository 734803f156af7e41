import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../errors.js';
import { archiveName, type ArchiveName } from '../../kraken/archive.js';
import { symbolOf } from '../../kraken/pairs.js';
import type { OpenText } from './open-text.js';
import { unreadable } from './unreadable.js';
import { zipMembers } from './zip.js';

/** One series of one-minute candles in one file. */
export interface CandleFile {
  /** As shown to the user: the path, or `archive.zip: folder/XBTUSD_1.csv`. */
  readonly name: string;
  readonly symbol: string;
  /** What is read from the disk, for telling how far a reading is. */
  readonly bytes: number;
  /** Errors of reading come out of the text; they may be passed to `unreadable`. */
  readonly open: () => Promise<OpenText>;
}

/** What one path on the command line holds. */
export interface ImportFile {
  readonly path: string;
  readonly candles: readonly CandleFile[];
  /** Members of an archive that are no one-minute candles. */
  readonly skipped: number;
}

const EXPECTED =
  'Expected Kraken’s candle files: PAIR_1.csv (as XBTUSD_1.csv), the same as .csv.gz, or a .zip of them.';

const PIECE_BYTES = 1 << 18;

const symbolIn = (name: string, { pair }: ArchiveName): string => {
  const symbol = symbolOf(pair);
  if (!symbol)
    throw new UserError([
      `${name}: unknown pair ${JSON.stringify(pair)}.`,
      'The name must begin with a pair as Kraken writes it: XBTUSD_1.csv, XDGEUR_1.csv, ETHXBT_1.csv.',
    ]);
  return symbol;
};

const plainFile = (path: string, bytes: number): ImportFile => {
  const name = archiveName(basename(path));
  if (!name) throw new UserError([`${path}: the name is not that of a candle file.`, EXPECTED]);
  if (name.minutes !== null && name.minutes !== 1)
    throw new UserError([
      `${path}: holds candles of ${name.minutes} minutes; only those of one minute are imported.`,
      EXPECTED,
    ]);
  const open = (): Promise<OpenText> => {
    const raw = createReadStream(path, { highWaterMark: PIECE_BYTES });
    // An error of either stream comes out where the text is read.
    const text = /\.gz$/i.test(path) ? pipeline(raw, createGunzip({ chunkSize: PIECE_BYTES }), () => undefined) : raw;
    return Promise.resolve({ text, bytesRead: () => raw.bytesRead });
  };
  return { path, candles: [{ name: path, symbol: symbolIn(path, name), bytes, open }], skipped: 0 };
};

const zipFile = async (path: string): Promise<ImportFile> => {
  const members = await zipMembers(path);
  const candles = members.flatMap(member => {
    const name = archiveName(member.name);
    if (name?.minutes !== 1) return [];
    // A member may be called anything; what is shown must not steer the terminal.
    const shown = `${path}: ${member.name.replace(/\p{C}/gu, '?')}`;
    return [{ name: shown, symbol: symbolIn(shown, name), bytes: member.bytes, open: member.open }];
  });
  if (candles.length === 0)
    throw new UserError([`${path}: no PAIR_1.csv among its ${members.length} files.`, EXPECTED]);
  return { path, candles, skipped: members.length - candles.length };
};

/** Looks at a path's name, kind and (for an archive) table of contents. Throws `UserError` where it cannot be imported. */
export const importFile = async (path: string): Promise<ImportFile> => {
  const found = await stat(path).catch((error: unknown) => unreadable(path, error));
  if (!found.isFile()) throw new UserError([`${path}: is no file.`, EXPECTED]);
  return /\.zip$/i.test(path) ? zipFile(path) : plainFile(path, found.size);
};
