import { join } from 'node:path';
import type { Block } from '../../lib/training/block.js';
import { checkBlock } from '../../lib/training/check.js';
import type { Column } from '../../lib/training/columns.js';
import { LAYOUT, foldsOf, summaryOf, type Manifest, type Part } from '../../lib/training/manifest.js';
import { pathOf, placeOf, type Place } from '../../lib/training/partition.js';
import { addTallies, tallyOf, type Tally } from '../../lib/training/tally.js';
import { Aborted, UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { readCsv } from '../../lib/world/dataset/csv-file.js';
import { FileToRead } from '../../lib/world/dataset/file-to-read.js';
import { MANIFEST, README, filesUnder, readManifest } from '../../lib/world/dataset/folder.js';
import { readParquet } from '../../lib/world/dataset/parquet.js';
import type { Terminal } from '../terminal.js';

/** Result of checking a dataset. */
export interface Verified {
  readonly rows: number;
  readonly files: number;
  /** Problems, one line each; empty if everything matches the manifest. */
  readonly problems: readonly string[];
}

/** Maximum reported problems per file. */
const MAX_PROBLEMS_A_FILE = 5;

const parse = (folder: string): Manifest => {
  const text = readManifest(folder);
  try {
    const found = JSON.parse(text) as Partial<Record<keyof Manifest, unknown>> | null;
    if (found?.format === 'crypto-bot-dataset' && found.layout === LAYOUT) return found as unknown as Manifest;
  } catch {
    // reported below
  }
  throw new UserError([`${join(folder, MANIFEST)}: expected the manifest of a dataset in layout ${LAYOUT}`], 1);
};

const columnsOf = ({ columns }: Manifest): readonly Column[] =>
  columns.map(({ known_at: knownAt, values, ...column }) => ({
    ...column,
    knownAt,
    ...(values ? { texts: values } : {}),
  }));

/** The counts of a file's content, and its problems. */
const checkContent = async (
  file: FileToRead,
  place: Place,
  { manifest, columns }: { readonly manifest: Manifest; readonly columns: readonly Column[] },
): Promise<{ readonly tally: Tally; readonly problems: readonly string[] }> => {
  const folds = foldsOf(manifest);
  const read = manifest.file_format === 'csv' ? readCsv : readParquet;
  /** A row of another market has the code -1. */
  const withMarket = columns.map(column => (column.name === 'market' ? { ...column, texts: [place.symbol] } : column));
  const problems: string[] = [];
  const tallies: Tally[] = [];
  let last = -Infinity;
  for await (const values of read(file, withMarket)) {
    const open = values.get('open_time')!;
    const date = new Date(open[0] ?? 0).toISOString().slice(0, 10);
    const block: Block = { symbol: place.symbol, date, rows: open.length, values };
    if (!(open[0]! > last)) problems.push(`the rows of ${date} are not after the previous rows`);
    last = open.at(-1)!;
    const stranger = values.get('market')!.findIndex(market => market !== 0);
    if (stranger >= 0) problems.push(`the row of ${isoTime(open[stranger]!)} is not of ${place.symbol}`);
    problems.push(...checkBlock(block, columns, folds, manifest, place));
    tallies.push(tallyOf(block, columns));
  }
  return { tally: addTallies(tallies), problems };
};

/** Checks a dataset: hashes, counts, columns, times, leaks, folds, all manifest figures. */
export const verifyDataset = async (folder: string, terminal: Terminal): Promise<Verified> => {
  const manifest = parse(folder);
  const columns = columnsOf(manifest);
  const { file_format: format, file_per: span } = manifest;
  const problems: string[] = [];
  const listed = new Set([...manifest.files.map(({ path }) => path), MANIFEST, README]);
  for (const path of filesUnder(folder)) if (!listed.has(path)) problems.push(`${path}: not in the manifest`);
  const parts: Part[] = [];
  const progress = terminal.progress('Verifying', manifest.files.length);
  try {
    for (const [n, { path, rows, bytes, sha256: hash }] of manifest.files.entries()) {
      if (terminal.signal.aborted) throw new Aborted();
      const place = placeOf(path, span, format);
      if (!place) {
        problems.push(`${path}: expected a path as ${pathOf('BTC/USD', '2026-04-01', span, format)}`);
        continue;
      }
      let file: FileToRead | undefined;
      try {
        file = new FileToRead(join(folder, path));
        const found = file.sha256();
        if (file.byteLength !== bytes || found !== hash)
          problems.push(`${path}: its content has changed: SHA-256 ${found}, the manifest says ${hash}`);
        const content = await checkContent(file, place, { manifest, columns });
        const { tally } = content;
        if (tally.rows !== rows) problems.push(`${path}: ${tally.rows} rows, the manifest says ${rows}`);
        problems.push(...content.problems.slice(0, MAX_PROBLEMS_A_FILE).map(line => `${path}: ${line}`));
        parts.push({ path, symbol: place.symbol, bytes, sha256: hash, tally });
      } catch (error) {
        problems.push(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
      } finally {
        file?.close();
      }
      progress.at(n + 1, path);
    }
  } finally {
    progress.stop();
  }
  if (problems.length === 0) {
    const found = summaryOf(parts, manifest.symbols, columns, foldsOf(manifest), manifest);
    for (const [name, value] of Object.entries(found))
      if (JSON.stringify(value) !== JSON.stringify(manifest[name as keyof Manifest]))
        problems.push(`${MANIFEST}: ${name} does not match the files`);
  }
  const rows = parts.reduce((sum, { tally }) => sum + tally.rows, 0);
  return { rows, files: manifest.files.length, problems };
};
