import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LAYOUT, type Part } from '../../training/manifest.js';
import { pathOf, spanOf } from '../../training/partition.js';
import { differences, type Request } from '../../training/request.js';
import type { Tally } from '../../training/tally.js';
import { UserError } from '../../errors.js';
import { reasonOf } from '../file-reasons.js';
import { makeFolder } from '../folders.js';
import { FileToRead } from './file-to-read.js';
import { writePortions, type Written } from './file-to-write.js';

/**
 * Description of a finished dataset. Readers of whole folders skip names with this prefix; Polars
 * does not.
 */
export const MANIFEST = '_manifest.json';
/** The same for people. */
export const README = '_README.md';
/** Name of the manifest in layout 1. */
const OLD_MANIFEST = 'manifest.json';
/**
 * An unfinished dataset has this instead: the request, then a line for each complete day and file.
 */
const JOURNAL = '.export.jsonl';
/** The days of unfinished files, and half-written ones. */
const PIECES = '.pieces';

/** A market's rows of a day, a part of a file. */
export interface Piece extends Written {
  readonly symbol: string;
  readonly tally: Tally;
}

/** A day whose pieces are complete. */
export interface DoneDay {
  /** 2026-04-01 */
  readonly date: string;
  readonly pieces: readonly Piece[];
}

interface Head {
  readonly layout: number;
  readonly request: Request;
}

/** The path of a market's piece of a day until its file is finished. */
export const pieceOf = (symbol: string, date: string): string => `${PIECES}/${symbol.replace('/', '-')}/${date}`;

const cannot = (folder: string, error: unknown): unknown => {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError(
      [`--out ${folder}: the disk is full.`, 'What is whole stays: free some space and go on with --resume.'],
      1,
    );
  return new UserError([
    `--out ${folder}: cannot write there (${reasonOf(error)}), expected a folder that you may write to`,
  ]);
};

/** Writes a file of a dataset, under a temporary name first. Throws `UserError` if it cannot. */
export const writeWhole = (folder: string, path: string, portions: Iterable<Uint8Array>): Written => {
  try {
    return writePortions(join(folder, path), portions, path.includes('/') ? join(folder, PIECES) : folder);
  } catch (error) {
    throw cannot(folder, error);
  }
};

const writeText = (folder: string, path: string, text: string): Written =>
  writeWhole(folder, path, [Buffer.from(text)]);

/** The nearest existing path, itself or above, even a dangling link. */
const standing = (path: string): string =>
  lstatSync(path, { throwIfNoEntry: false }) ? path : standing(dirname(path));

/**
 * Throws the system's error if nothing can be written in a folder. In /proc not even root can,
 * whatever its permissions say.
 */
const tryFolder = (folder: string): void => rmdirSync(mkdtempSync(join(folder, '.crypto-bot-')));

/** The content of a folder; empty if it does not exist but could be made. */
const namesIn = (folder: string): readonly string[] => {
  try {
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there && !there.isDirectory())
      throw new UserError([`--out ${folder}: found a file, expected a folder (a new one is made)`]);
    const place = standing(resolve(folder));
    if (!existsSync(place)) throw new UserError([`--out ${folder}: ${place} is a link to what does not exist`]);
    tryFolder(place);
    // a file that a crash left half-written is written again
    return there
      ? readdirSync(folder)
          .filter(name => !/^\..*\.tmp$/.test(name))
          .sort()
      : [];
  } catch (error) {
    throw cannot(folder, error);
  }
};

/**
 * Whether a folder holds an unfinished export to continue. Makes nothing yet. Throws `UserError` if
 * it cannot be written to, or holds anything else, or an unfinished export without `resume`.
 */
export const checkFolder = (folder: string, resume: boolean): boolean => {
  const names = namesIn(folder);
  const finished = [MANIFEST, OLD_MANIFEST].find(name => names.includes(name));
  if (finished !== undefined)
    throw new UserError([`--out ${folder}: found a finished dataset there (${finished}): name another folder`]);
  if (names.includes(JOURNAL) && !resume)
    throw new UserError([
      `--out ${folder}: found an export there that was not finished.`,
      'Go on with it: --resume. Or name another folder.',
    ]);
  if (names.length > 0 && !names.includes(JOURNAL))
    throw new UserError([
      `--out ${folder}: found ${names[0]!} there, expected an empty folder or none: nothing is overwritten`,
    ]);
  return names.includes(JOURNAL);
};

/**
 * A dataset being written. Its files appear completely or not at all; the manifest comes last.
 * Everything is synchronous: the caller waits for the write.
 */
export class DatasetFolder {
  readonly folder: string;
  readonly request: Request;
  /** The complete files, by path. */
  readonly files = new Map<string, Part>();
  /** The days that an earlier export completed, by date. */
  readonly days = new Map<string, DoneDay>();

  /**
   * Starts a dataset, or continues one. Throws `UserError` if the folder cannot be written to, or
   * holds an export of something else.
   */
  constructor(folder: string, request: Request) {
    [this.folder, this.request] = [folder, request];
    const isUnfinished = checkFolder(folder, true);
    try {
      makeFolder(resolve(folder));
    } catch (error) {
      throw cannot(folder, error);
    }
    if (isUnfinished) this.goOn();
    else writeText(folder, JOURNAL, `${JSON.stringify({ layout: LAYOUT, request } satisfies Head)}\n`);
  }

  /** The period of the file that a day belongs to. */
  spanOf(date: string): string {
    return spanOf(date, this.request.filePer);
  }

  /** The file that a market's day belongs to. */
  fileOf(symbol: string, date: string): string {
    const { filePer, format } = this.request;
    return pathOf(symbol, date, filePer, format);
  }

  /** Records that all pieces of a day are complete. */
  finishDay(day: DoneDay): void {
    this.note(day);
  }

  /** Records that a file is complete. Its pieces, of these days, are no longer needed. */
  finishFile(part: Part, dates: readonly string[]): void {
    this.note(part);
    this.files.set(part.path, part);
    for (const date of dates) rmSync(join(this.folder, pieceOf(part.symbol, date)), { force: true });
  }

  /** Writes the description of the dataset, the manifest last; this finishes the dataset. */
  finish(readme: string, manifest: string): void {
    rmSync(join(this.folder, PIECES), { recursive: true, force: true });
    writeText(this.folder, README, readme);
    writeText(this.folder, MANIFEST, manifest);
    rmSync(join(this.folder, JOURNAL), { force: true });
  }

  private note(line: DoneDay | Part): void {
    try {
      writeFileSync(join(this.folder, JOURNAL), `${JSON.stringify(line)}\n`, { flag: 'a' });
    } catch (error) {
      throw cannot(this.folder, error);
    }
  }

  /** Whether a file of an earlier export is intact: its write was not awaited down to the disk. */
  private isWhole(path: string, { bytes, sha256 }: Written): boolean {
    const whole = join(this.folder, path);
    if (!existsSync(whole)) return false;
    const file = new FileToRead(whole);
    try {
      return file.byteLength === bytes && file.sha256() === sha256;
    } finally {
      file.close();
    }
  }

  private goOn(): void {
    const [first = '', ...lines] = readFileSync(join(this.folder, JOURNAL), 'utf8').split('\n');
    const head = JSON.parse(first) as Head;
    if (head.layout !== LAYOUT)
      throw new UserError([
        `--out ${this.folder}: the export there was begun by another version of the bot (layout ${head.layout}, this one writes ${LAYOUT}).`,
        'Go on with that version, or name another folder.',
      ]);
    const others = differences(head.request, this.request);
    if (others.length > 0)
      throw new UserError([
        `--out ${this.folder}: the export there was asked for something else: ${others.join(', ')} differ.`,
        'Go on with what it was started with, or name another folder.',
      ]);
    // A line cut off by a crash is the last one, and its day or file is written again.
    const noted = lines.slice(0, -1).map(line => JSON.parse(line) as DoneDay | Part);
    for (const line of noted) if ('path' in line && this.isWhole(line.path, line)) this.files.set(line.path, line);
    for (const line of noted) {
      if ('path' in line) continue;
      const isThere = (piece: Piece) =>
        this.files.has(this.fileOf(piece.symbol, line.date)) || this.isWhole(pieceOf(piece.symbol, line.date), piece);
      if (line.pieces.every(isThere)) this.days.set(line.date, line);
    }
    const kept = [...this.files.values(), ...this.days.values()].map(line => JSON.stringify(line));
    writeText(this.folder, JOURNAL, [first, ...kept, ''].join('\n'));
  }
}

/** Every file under a folder, by its relative path, sorted; temporary ones too. */
export const filesUnder = (folder: string, path = ''): readonly string[] =>
  readdirSync(join(folder, path), { withFileTypes: true })
    .flatMap(entry => {
      const below = path ? `${path}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesUnder(folder, below) : [below];
    })
    .sort();

/** The text of a dataset's manifest. Throws `UserError` if there is none. */
export const readManifest = (folder: string): string => {
  const path = join(folder, MANIFEST);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  if (existsSync(join(folder, JOURNAL)))
    throw new UserError([
      `${folder}: the export was not finished: go on with bin/bot export … --out ${folder} --resume`,
    ]);
  if (existsSync(join(folder, OLD_MANIFEST)))
    throw new UserError([
      `${folder}: found a dataset of an earlier version of the bot (${OLD_MANIFEST}, layout 1), expected layout ${LAYOUT}.`,
      'Verify it with the version that wrote it (code_version in its manifest), or export it again.',
    ]);
  throw new UserError([
    `${folder}: found no ${MANIFEST} there, expected the folder of a dataset that bin/bot export has written`,
  ]);
};
