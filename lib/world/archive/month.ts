import { join } from 'node:path';
import type { ClientBase } from 'pg';
import { Aborted } from '../../errors.js';
import type { Month } from '../../ops/plan.js';
import { ArchiveFault, readIfThere, writeChecked } from './file.js';
import {
  BESIDES,
  MINUTES,
  readingOf,
  rowsOf,
  type ArchivedTable,
  type PartitionReading,
  type RowOrder,
} from './rows.js';
import { differenceOf, digestOf, digestOfFile, essence, sameRows, writeTableFile } from './table-file.js';

/** Where a month is archived, and how to stop. */
export interface MonthArchive {
  readonly folder: string;
  readonly partition: string;
  readonly month: Month;
  readonly signal?: AbortSignal | undefined;
  /** Called before each file is written. */
  readonly onFile?: ((path: string) => void) | undefined;
}

interface Market {
  readonly id: number;
  readonly symbol: string;
}

const marketsIn = async (
  client: ClientBase,
  { condition }: ArchivedTable,
  relation: string,
  { from, to }: Month,
): Promise<readonly Market[]> =>
  (
    await client.query<Market>(
      `SELECT id, symbol FROM cryptocurrency WHERE EXISTS (SELECT FROM "${relation}" WHERE cryptocurrency_id = cryptocurrency.id
         AND timestamp >= to_timestamp($1) AND timestamp < to_timestamp($2) AND ${condition}) ORDER BY symbol COLLATE "C"`,
      [from / 1_000, to / 1_000],
    )
  ).rows;

/** The file of a market: the slash of its symbol becomes a dash, which no symbol has. */
export const fileOf = (folder: string, table: string, month: Month, symbol: string): string =>
  join(folder, table, month.name, `${symbol.replace('/', '-')}.parquet`);

const unreadable = (error: unknown) =>
  new ArchiveFault(`it cannot be read back (${error instanceof Error ? error.message : String(error)})`);

/** Makes sure that a file holds rows of a market. Returns their number. */
const archiveRows = async (
  client: ClientBase,
  table: ArchivedTable,
  relation: string,
  reading: PartitionReading,
  order: RowOrder,
  path: string,
): Promise<number> => {
  const portions = () => rowsOf(client, table, relation, reading, order);
  const there = await readIfThere(path);
  if (there) {
    // Left by an interrupted round, or of another database: it is never overwritten.
    const { columns } = reading;
    const stored = await digestOf(columns, portions(), essence);
    const kept = await digestOfFile(there, columns, essence).catch(unreadable);
    if (kept instanceof ArchiveFault)
      throw new ArchiveFault(`${path} is there already, and ${kept.message}: move it away`);
    const difference = differenceOf(columns, kept, stored);
    if (difference !== '')
      throw new ArchiveFault(
        `${path} is there already and holds other rows than the database (${difference}): move it away`,
      );
    return stored.rows;
  }
  const { bytes, digest } = await writeTableFile(table.name, reading.columns, portions());
  await writeChecked(path, bytes, async written => {
    const back = await digestOfFile(written, reading.columns).catch(unreadable);
    if (back instanceof ArchiveFault) throw new ArchiveFault(`${path}: ${back.message}`);
    if (!sameRows(digest, back)) throw new ArchiveFault(`${path}: what was read back differs from what was written`);
  });
  return digest.rows;
};

/**
 * Makes sure that all rows of a month are in files of the folder, one per table and market, each
 * read back by another library and compared value by value. Existing files are compared as well,
 * except for the times of arrival, and never overwritten. Call it within a transaction that sees
 * one moment. Returns the paths. Throws `ArchiveFault` if anything is not completely archived.
 */
export const archiveMonth = async (
  client: ClientBase,
  { folder, partition, month, signal, onFile }: MonthArchive,
): Promise<readonly string[]> => {
  const paths: string[] = [];
  for (const [table, relation] of [[MINUTES, partition] as const, ...BESIDES.map(each => [each, each.name] as const)]) {
    const reading = await readingOf(client, table);
    let archived = 0;
    for (const market of await marketsIn(client, table, relation, month)) {
      if (signal?.aborted) throw new Aborted();
      const path = fileOf(folder, table.name, month, market.symbol);
      onFile?.(path);
      const order = { market, from: month.from, to: month.to };
      archived += await archiveRows(client, table, relation, reading, order, path);
      paths.push(path);
    }
    const { rows } = await client.query<{ rows: number }>(
      `SELECT count(*)::float8 AS rows FROM "${relation}" WHERE timestamp >= to_timestamp($1) AND timestamp < to_timestamp($2)`,
      [month.from / 1_000, month.to / 1_000],
    );
    if (rows[0]!.rows !== archived)
      throw new ArchiveFault(`of the ${rows[0]!.rows} rows in ${relation} ${archived} could be archived`);
  }
  return paths;
};
