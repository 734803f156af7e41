import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LAYOUT, type Part } from '../../dataset/manifest.js';
import { differences, type Request } from '../../dataset/request.js';
import { UserError } from '../../errors.js';

/** Where a finished dataset describes itself. */
export const MANIFEST = 'manifest.json';
/** What an unfinished one has instead: what was asked for, then a line for each day that is whole. */
const JOURNAL = '.export.jsonl';

/** A day whose files are whole. */
export interface DoneDay {
  /** 2026-04-01 */
  readonly date: string;
  readonly parts: readonly Part[];
}

interface Head {
  readonly layout: number;
  readonly request: Request;
}

const cannot = (folder: string, error: unknown): UserError => {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError(
      [`--out ${folder}: the disk is full.`, 'What is whole stays: free some space and go on with --resume.'],
      1,
    );
  return new UserError([`--out ${folder}: cannot write there (${code}), expected a folder that you may write to`]);
};

/** Of some bytes, in hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file that is whole. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a file of a dataset, under a temporary name first. Throws `UserError` where it cannot. */
export const writeWhole = (folder: string, path: string, content: Uint8Array | string): Written => {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const whole = join(folder, path);
  const temporary = join(dirname(whole), `.${basename(whole).replace(/^\./, '')}.tmp`);
  try {
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(temporary, bytes);
    renameSync(temporary, whole);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw cannot(folder, error);
  }
  return { bytes: bytes.length, sha256: sha256(bytes) };
};

/** Makes a folder and those above it. Not by `recursive`, which never ends where a folder cannot be made though its parent is there. */
const makeFolder = (folder: string): void => {
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder));
  mkdirSync(folder);
};

/** The nearest folder above, or itself, that is there. */
const standing = (folder: string): string => (existsSync(folder) ? folder : standing(dirname(folder)));

/** What is in a folder; nothing where it is not there but could be made. */
const namesIn = (folder: string): readonly string[] => {
  const there = statSync(folder, { throwIfNoEntry: false });
  if (there && !there.isDirectory())
    throw new UserError([`--out ${folder}: found a file, expected a folder (a new one is made)`]);
  try {
    accessSync(standing(resolve(folder)), constants.W_OK | constants.X_OK);
    // What a crash left half written is written again.
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
 * Whether a folder holds an unfinished export to go on with. Nothing is made yet. Throws `UserError` if it cannot be written to, or holds anything else, or an unfinished export without `resume`.
 */
export const checkFolder = (folder: string, resume: boolean): boolean => {
  const names = namesIn(folder);
  if (names.includes(MANIFEST))
    throw new UserError([`--out ${folder}: found a finished dataset there (${MANIFEST}): name another folder`]);
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
 * A dataset that is being written. Its files appear whole or not at all, each under a temporary name first; `manifest.json`
 * comes last. Everything is synchronous: what is written is what the caller waits for.
 */
export class DatasetFolder {
  readonly folder: string;
  /** What an earlier export left whole, by date. */
  readonly done = new Map<string, DoneDay>();

  /** Begins a dataset, or goes on with one. Throws `UserError` if the folder cannot be written to, or holds an export of something else. */
  constructor(folder: string, request: Request) {
    this.folder = folder;
    const isUnfinished = checkFolder(folder, true);
    try {
      makeFolder(resolve(folder));
    } catch (error) {
      throw cannot(folder, error);
    }
    if (isUnfinished) this.goOn(request);
    else writeWhole(folder, JOURNAL, `${JSON.stringify({ layout: LAYOUT, request } satisfies Head)}\n`);
  }

  /** Notes that all files of a day are whole. */
  finishDay(day: DoneDay): void {
    try {
      writeFileSync(join(this.folder, JOURNAL), `${JSON.stringify(day)}\n`, { flag: 'a' });
    } catch (error) {
      throw cannot(this.folder, error);
    }
    this.done.set(day.date, day);
  }

  /** Writes what describes the dataset, the manifest last; with it the dataset is finished. */
  finish(readme: string, manifest: string): void {
    writeWhole(this.folder, 'README.md', readme);
    writeWhole(this.folder, MANIFEST, manifest);
    rmSync(join(this.folder, JOURNAL), { force: true });
  }

  /** Of a file that an earlier export wrote: nobody waited until the disk had it. Null where it is gone. */
  private hashOf(path: string): string | null {
    const whole = join(this.folder, path);
    return existsSync(whole) ? sha256(readFileSync(whole)) : null;
  }

  private goOn(request: Request): void {
    const [first = '', ...lines] = readFileSync(join(this.folder, JOURNAL), 'utf8').split('\n');
    const head = JSON.parse(first) as Head;
    const others = head.layout === LAYOUT ? differences(head.request, request) : ['layout'];
    if (others.length > 0)
      throw new UserError([
        `--out ${this.folder}: the export there was asked for something else: ${others.join(', ')} differ.`,
        'Go on with what it was started with, or name another folder.',
      ]);
    // A line that was cut off by a crash is the last one, and its day is written again.
    const whole = lines.slice(0, -1);
    for (const line of whole) {
      const day = JSON.parse(line) as DoneDay;
      if (day.parts.every(({ path, sha256: hash }) => hash === this.hashOf(path))) this.done.set(day.date, day);
    }
    const kept = [first, ...[...this.done.values()].map(day => JSON.stringify(day))];
    writeWhole(this.folder, JOURNAL, `${kept.join('\n')}\n`);
  }
}

/** Every file under a folder, by its path from there, sorted; temporary ones too. */
export const filesUnder = (folder: string, path = ''): readonly string[] =>
  readdirSync(join(folder, path), { withFileTypes: true })
    .flatMap(entry => {
      const below = path ? `${path}/${entry.name}` : entry.name;
      return entry.isDirectory() ? filesUnder(folder, below) : [below];
    })
    .sort();

/** The text of a dataset's manifest. Throws `UserError` where there is none. */
export const readManifest = (folder: string): string => {
  const path = join(folder, MANIFEST);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const unfinished = existsSync(join(folder, JOURNAL));
  throw new UserError([
    unfinished
      ? `${folder}: the export was not finished: go on with bin/bot export … --out ${folder} --resume`
      : `${folder}: found no ${MANIFEST} there, expected the folder of a dataset that bin/bot export has written`,
  ]);
};
