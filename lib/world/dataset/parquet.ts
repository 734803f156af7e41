import { parquetRead, type ColumnChunk, type FileMetaData, type RowGroup, type Statistics } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeDictionaryPage } from 'hyparquet-writer/src/dictionary.js';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { Column } from '../../training/columns.js';
import { UserError } from '../../errors.js';
import { openParquet, schemaOf, type ParquetField } from '../parquet.js';
import type { FileToRead } from './file-to-read.js';
import { dictionaryOf, encodingOf, type Pages } from './pages.js';

const MAGIC = Buffer.from('PAR1');

const fieldsOf = (columns: readonly Column[]): ParquetField[] =>
  columns.map(({ name, type, role }) => ({ name, kind: type, isRequired: role === 'key' }));

/** The page with the texts of a column, and its size before compression. */
const dictionaryPage = (texts: readonly string[]): { readonly page: Uint8Array; readonly plainBytes: number } => {
  const writer = new ByteWriter();
  const element = { name: '', type: 'BYTE_ARRAY' } as const;
  const plainBytes = writeDictionaryPage(
    writer,
    {
      columnName: '',
      element,
      schemaPath: [element],
      codec: 'SNAPPY',
      compressors: { SNAPPY: snappyCompress },
      stats: false,
      pageSize: 0,
      columnIndex: false,
      offsetIndex: false,
    },
    [...texts],
  );
  return { page: writer.getBytes(), plainBytes };
};

/** Statistics of the keys, which queries filter by; others are not needed. */
const statisticsOf = (column: Column, symbol: string, ranges: Pages['columns']): Statistics | undefined => {
  if (column.role !== 'key') return undefined;
  if (column.name === 'market') return { min_value: symbol, max_value: symbol, null_count: 0n };
  const [least, greatest] = [
    Math.min(...ranges.map(({ range }) => range![0])),
    Math.max(...ranges.map(({ range }) => range![1])),
  ];
  return { min_value: BigInt(least), max_value: BigInt(greatest), null_count: 0n };
};

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/**
 * A Parquet file of a market from the pages of its days, in time order: a row group for each group
 * of days, in which a column's pages are consecutive. Text uses a dictionary, times are in UTC.
 * Returns its bytes in portions.
 */
export const parquetOf = function* (
  symbol: string,
  groups: Iterable<readonly Pages[]>,
  columns: readonly Column[],
): Generator<Uint8Array> {
  const schema = schemaOf('dataset', fieldsOf(columns), 'MILLIS');
  const rowGroups: RowGroup[] = [];
  let offset = MAGIC.length;
  yield MAGIC;
  for (const days of groups) {
    const rows = BigInt(total(days.map(day => day.rows)));
    const places = days.map(() => 0);
    const portions: Uint8Array[] = [];
    const begin = offset;
    const chunks = columns.map((column, n): ColumnChunk => {
      const sizes = days.map(day => day.columns[n]!);
      const texts = dictionaryOf(column, symbol);
      const dictionary = texts && dictionaryPage(texts);
      const pages = days.map(({ content }, day) => content.subarray(places[day], (places[day]! += sizes[day]!.bytes)));
      portions.push(...(dictionary ? [dictionary.page] : []), ...pages);
      const start = offset;
      const dictionaryBytes = dictionary?.page.length ?? 0;
      const bytes = dictionaryBytes + total(sizes.map(size => size.bytes));
      const plainBytes = (dictionary?.plainBytes ?? 0) + total(sizes.map(size => size.plainBytes));
      const statistics = statisticsOf(column, symbol, sizes);
      offset += bytes;
      return {
        file_offset: BigInt(start),
        meta_data: {
          type: schema[n + 1]!.type!,
          encodings: dictionary ? ['PLAIN', encodingOf(column)] : [encodingOf(column)],
          path_in_schema: [column.name],
          codec: 'SNAPPY',
          num_values: rows,
          total_uncompressed_size: BigInt(plainBytes),
          total_compressed_size: BigInt(bytes),
          data_page_offset: BigInt(start + dictionaryBytes),
          ...(dictionary && { dictionary_page_offset: BigInt(start) }),
          ...(statistics && { statistics }),
        },
      };
    });
    rowGroups.push({
      columns: chunks,
      total_byte_size: chunks.reduce((sum, { meta_data }) => sum + meta_data!.total_uncompressed_size, 0n),
      num_rows: rows,
      total_compressed_size: BigInt(offset - begin),
    });
    yield Buffer.concat(portions);
  }
  const footer = new ByteWriter();
  writeMetadata(footer, {
    version: 2,
    schema,
    num_rows: rowGroups.reduce((sum, { num_rows }) => sum + num_rows, 0n),
    row_groups: rowGroups,
    created_by: 'crypto-bot',
  } as unknown as FileMetaData); // the length of the metadata is written after it
  yield footer.getBytes();
  yield MAGIC;
};

const numberOf = (value: unknown, texts: readonly string[] | undefined): number => {
  if (value === null || value === undefined) return NaN;
  if (value instanceof Date) return value.getTime();
  return texts ? texts.indexOf(value as string) : Number(value);
};

/**
 * The columns of such a file by name, a row group at a time. Throws `UserError` if it has other
 * columns.
 */
export const readParquet = async function* (
  file: FileToRead,
  columns: readonly Column[],
): AsyncGenerator<ReadonlyMap<string, Float64Array>, void, undefined> {
  const metadata = await openParquet(file, fieldsOf(columns));
  if (!metadata) throw new UserError(['its columns or their types are not those of the manifest'], 1);
  const byName = new Map(columns.map(column => [column.name, column]));
  let first = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rows = Number(num_rows);
    const values = new Map(columns.map(({ name }) => [name, new Float64Array(rows)]));
    const start = first;
    await parquetRead({
      file,
      metadata,
      rowStart: start,
      rowEnd: start + rows,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const { texts } = byName.get(columnName)!;
        const into = values.get(columnName)!;
        const from = rowStart - start;
        for (let row = 0; row < columnData.length; row++)
          into[from + row] = numberOf((columnData as ArrayLike<unknown>)[row], texts);
      },
    });
    yield values;
    first += rows;
  }
};
