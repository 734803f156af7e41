import { createHash, type Hash } from 'node:crypto';
import { parquetRead, type DecodedArray } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { openParquet, schemaOf, type ParquetField, type ParquetKind } from '../parquet.js';

/** A column of a table in a file. Times are whole microseconds since the epoch. */
export interface ArchiveColumn {
  readonly name: string;
  readonly type: ParquetKind;
  readonly isRequired: boolean;
}

/** A value of an archived column. */
export type ArchiveValue = number | string | boolean | null;

/** Some rows of a table: the values of each column, all of the same length. */
export type Portion = readonly (readonly ArchiveValue[])[];

/**
 * Summary of rows: their number, and a hash of each column's values in order. Equal for equal rows
 * only, however they are cut.
 */
export interface Digest {
  readonly rows: number;
  readonly columns: readonly string[];
}

/** Takes portions and returns their digest. */
class Digester {
  private readonly hashes: Hash[];
  private rows = 0;

  constructor(columns: readonly ArchiveColumn[]) {
    this.hashes = columns.map(({ name, type }) => createHash('sha256').update(JSON.stringify([name, type])));
  }

  add(portion: Portion): void {
    this.rows += portion[0]?.length ?? 0;
    portion.forEach((values, column) => {
      if (values.length > 0) this.hashes[column]!.update(`${JSON.stringify(values).slice(1, -1)},`);
    });
  }

  digest(): Digest {
    return { rows: this.rows, columns: this.hashes.map(hash => hash.digest('hex')) };
  }
}

/** Whether two digests are of the same rows. */
export const sameRows = (a: Digest, b: Digest): boolean => a.rows === b.rows && a.columns.join() === b.columns.join();

/** Rows as they are digested: all values, or only those that matter for a comparison. */
export type Reduction = (columns: readonly ArchiveColumn[], portion: Portion) => Portion;
const WHOLE: Reduction = (_, portion) => portion;

const withoutReceipt = (text: ArchiveValue): ArchiveValue =>
  typeof text === 'string' ? JSON.stringify({ ...(JSON.parse(text) as object), received_at: undefined }) : text;

/**
 * By column, the part of a value that describes the market: not when it arrived, nor the id under
 * which a market is stored.
 */
const ESSENCE: Readonly<Record<string, (value: ArchiveValue) => ArchiveValue>> = {
  cryptocurrency_id: () => null,
  received_at: () => null,
  revised_at: value => value !== null,
  first_seen: withoutReceipt,
};

/**
 * The values that stay the same for rows that leave a database, are imported again and leave it
 * again.
 */
export const essence: Reduction = (columns, portion) =>
  portion.map((values, i) => {
    const reduce = ESSENCE[columns[i]!.name];
    return reduce ? values.map(reduce) : values;
  });

/** The differences of two digests of the same columns, in words; empty if there are none. */
export const differenceOf = (columns: readonly ArchiveColumn[], kept: Digest, stored: Digest): string => {
  if (kept.rows !== stored.rows) return `${kept.rows} rows there, ${stored.rows} here`;
  return columns
    .filter((_, i) => kept.columns[i] !== stored.columns[i])
    .map(({ name }) => name)
    .join(', ');
};

/** The digest of unmodified rows. */
export const digestOf = async (
  columns: readonly ArchiveColumn[],
  portions: AsyncIterable<Portion>,
  reduce = WHOLE,
): Promise<Digest> => {
  const digester = new Digester(columns);
  for await (const portion of portions) digester.add(reduce(columns, portion));
  return digester.digest();
};

const fieldsOf = (columns: readonly ArchiveColumn[]): ParquetField[] =>
  columns.map(({ name, type, isRequired }) => ({ name, kind: type, isRequired }));

const dataOf = ({ type }: ArchiveColumn, values: readonly ArchiveValue[]): DecodedArray =>
  type === 'time' ? values.map(value => (value === null ? null : BigInt(value as number))) : [...values];

/** A table file being written: one row group per portion, compressed by snappy. */
export const writeTableFile = async (
  table: string,
  columns: readonly ArchiveColumn[],
  portions: AsyncIterable<Portion>,
): Promise<{ readonly bytes: Uint8Array; readonly digest: Digest }> => {
  const writer = new ByteWriter(1 << 16);
  const file = new ParquetWriter({
    writer,
    schema: schemaOf(table, fieldsOf(columns), 'MICROS'),
    createdBy: 'crypto-bot',
  });
  const digester = new Digester(columns);
  for await (const portion of portions) {
    digester.add(portion);
    await file.write({
      columnData: columns.map((column, i) => ({
        name: column.name,
        data: dataOf(column, portion[i]!),
        statistics: column.type === 'time' || column.type === 'integer',
      })),
      rowGroupSize: portion[0]!.length,
    });
  }
  await file.finish();
  return { bytes: writer.getBytes(), digest: digester.digest() };
};

/**
 * Reads such a file with a library that has not written it, and returns the digest of its rows.
 * Rejects if it cannot be read.
 */
export const digestOfFile = async (
  bytes: Uint8Array,
  columns: readonly ArchiveColumn[],
  reduce = WHOLE,
): Promise<Digest> => {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = await openParquet(file, fieldsOf(columns));
  if (!metadata) throw new Error('it has other columns');
  const digester = new Digester(columns);
  let rowStart = 0;
  for (const { num_rows: rows } of metadata.row_groups) {
    const rowEnd = rowStart + Number(rows);
    const byName = new Map(columns.map(({ name }) => [name, Array<ArchiveValue>(Number(rows)).fill(null)]));
    await parquetRead({
      file,
      metadata,
      rowStart,
      rowEnd,
      parsers: { timestampFromMicroseconds: Number as (micros: bigint) => unknown as never },
      onChunk: ({ columnName, columnData, rowStart: first }) => {
        const into = byName.get(columnName)!;
        const values = columnData as ArrayLike<ArchiveValue | undefined>;
        for (let row = 0; row < values.length; row++) into[first - rowStart + row] = values[row] ?? null;
      },
    });
    digester.add(reduce(columns, [...byName.values()]));
    rowStart = rowEnd;
  }
  return digester.digest();
};
