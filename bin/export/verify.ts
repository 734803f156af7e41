import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathOf, type Block } from '../../lib/dataset/block.js';
import { checkBlock } from '../../lib/dataset/check.js';
import type { Column } from '../../lib/dataset/columns.js';
import { parseCsv } from '../../lib/dataset/csv.js';
import { LAYOUT, foldsOf, summaryOf, type Manifest, type Part } from '../../lib/dataset/manifest.js';
import { tallyOf } from '../../lib/dataset/tally.js';
import { Aborted, UserError } from '../../lib/errors.js';
import { MANIFEST, filesUnder, readManifest, sha256 } from '../../lib/world/dataset/folder.js';
import { readParquet } from '../../lib/world/dataset/parquet.js';
import type { Terminal } from '../terminal.js';

/** What a check of a dataset found. */
export interface Verified {
  readonly rows: number;
  readonly files: number;
  /** What is wrong, a line each; none where all is as the manifest says. */
  readonly problems: readonly string[];
}

/** Of a file that is full of them, so many are told. */
const MOST_PROBLEMS_A_FILE = 5;
const PATH = /^symbol=([A-Z0-9.]+)-([A-Z0-9.]+)\/date=(\d{4}-\d{2}-\d{2})\/part-0\.(?:parquet|csv)$/;

const parse = (folder: string): Manifest => {
  const text = readManifest(folder);
  try {
    const found = JSON.parse(text) as Partial<Record<keyof Manifest, unknown>> | null;
    if (found?.format === 'crypto-bot-dataset' && found.layout === LAYOUT) return found as unknown as Manifest;
  } catch {
    // said below
  }
  throw new UserError([`${join(folder, MANIFEST)}: expected the manifest of a dataset in layout ${LAYOUT}`], 1);
};

const columnsOf = ({ columns }: Manifest): readonly Column[] =>
  columns.map(({ known_at: knownAt, values, ...column }) => ({
    ...column,
    knownAt,
    ...(values ? { texts: values } : {}),
  }));

/** Reads a whole dataset again: hashes, row counts, columns, times, leaks, folds, and every figure of the manifest. */
export const verifyDataset = async (folder: string, terminal: Terminal): Promise<Verified> => {
  const manifest = parse(folder);
  const columns = columnsOf(manifest);
  const folds = foldsOf(manifest);
  const problems: string[] = [];
  const listed = new Set([...manifest.files.map(({ path }) => path), MANIFEST, 'README.md']);
  for (const path of filesUnder(folder)) if (!listed.has(path)) problems.push(`${path}: not in the manifest`);
  const parts: Part[] = [];
  const progress = terminal.progress('Verifying', manifest.files.length);
  try {
    for (const [n, { path, rows, bytes, sha256: hash }] of manifest.files.entries()) {
      if (terminal.signal.aborted) throw new Aborted();
      const [, base, quote, date] = PATH.exec(path) ?? [];
      if (!date) {
        problems.push(`${path}: expected a path as ${pathOf({ symbol: 'BTC/USD', date: '2026-04-01' }, 'parquet')}`);
        continue;
      }
      try {
        const content = readFileSync(join(folder, path));
        if (content.length !== bytes || sha256(content) !== hash)
          problems.push(`${path}: its content has changed: SHA-256 ${sha256(content)}, the manifest says ${hash}`);
        const values = path.endsWith('.csv')
          ? parseCsv(content.toString(), columns)
          : await readParquet(content, columns);
        const block: Block = { symbol: `${base}/${quote}`, date, rows: values.get('open_time')!.length, values };
        if (block.rows !== rows) problems.push(`${path}: ${block.rows} rows, the manifest says ${rows}`);
        const found = checkBlock(block, columns, folds, manifest);
        problems.push(...found.slice(0, MOST_PROBLEMS_A_FILE).map(line => `${path}: ${line}`));
        parts.push({ path, symbol: block.symbol, date, bytes, sha256: hash, tally: tallyOf(block, columns) });
      } catch (error) {
        problems.push(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
      }
      progress.at(n + 1, path);
    }
  } finally {
    progress.stop();
  }
  if (problems.length === 0) {
    const found = summaryOf(parts, manifest.symbols, folds, manifest);
    for (const [name, value] of Object.entries(found))
      if (JSON.stringify(value) !== JSON.stringify(manifest[name as keyof Manifest]))
        problems.push(`${MANIFEST}: ${name} is not what the files come to`);
  }
  const rows = parts.reduce((sum, { tally }) => sum + tally.rows, 0);
  return { rows, files: manifest.files.length, problems };
};
