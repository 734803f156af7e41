import { parquetRead, type DecodedArray } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import type { Block } from '../../dataset/block.js';
import type { Column } from '../../dataset/columns.js';
import { UserError } from '../../errors.js';
import { openParquet, schemaOf, type ParquetField } from '../parquet.js';

const fieldsOf = (columns: readonly Column[]): ParquetField[] =>
  columns.map(({ name, type, role }) => ({ name, kind: type, isRequired: role === 'key' }));

const dataOf = (block: Block, { name, type, texts }: Column): DecodedArray => {
  if (name === 'market') return Array<string>(block.rows).fill(block.symbol);
  const values = block.values.get(name)!;
  let nulls = 0;
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) nulls++;
  if (nulls === values.length) return Array<null>(nulls).fill(null);
  if (type === 'double' && nulls === 0) return values;
  if (type === 'time' && nulls === 0) return BigInt64Array.from(values, BigInt);
  const rich = (value: number): unknown => {
    if (texts) return texts[value];
    if (type === 'boolean') return value !== 0;
    return type === 'time' ? BigInt(value) : value;
  };
  const data = Array<unknown>(values.length);
  for (let row = 0; row < values.length; row++) data[row] = Number.isNaN(values[row]) ? null : rich(values[row]!);
  return data;
};

/** A block as a Parquet file of one row group, compressed by snappy; text goes by a dictionary, times are in UTC. */
export const parquetOf = (block: Block, columns: readonly Column[]): Uint8Array => {
  const writer = new ByteWriter(1 << 16);
  void parquetWrite({
    writer,
    schema: schemaOf('dataset', fieldsOf(columns), 'MILLIS'),
    columnData: columns.map(column => ({
      name: column.name,
      data: dataOf(block, column),
      statistics: column.role === 'key', // those of the others cost a sixth of the time, and no query asks by them
      encoding: column.type === 'text' ? 'RLE_DICTIONARY' : column.type === 'boolean' ? 'RLE' : 'PLAIN',
    })),
    rowGroupSize: block.rows,
    pageSize: 0, // one page a column
    createdBy: 'crypto-bot',
  });
  return writer.getBytes();
};

const numberOf = (value: unknown, texts: readonly string[] | undefined): number => {
  if (value === null || value === undefined) return NaN;
  if (value instanceof Date) return value.getTime();
  return texts ? texts.indexOf(value as string) : Number(value);
};

/** The columns of such a file by name; `market` is left out. Throws `UserError` where it has other columns. */
export const readParquet = async (
  bytes: Uint8Array,
  columns: readonly Column[],
): Promise<ReadonlyMap<string, Float64Array>> => {
  const opened = openParquet(bytes, fieldsOf(columns));
  if (!opened) throw new UserError(['its columns or their types are not those of the manifest'], 1);
  const { file, metadata } = opened;
  const values = new Map<string, Float64Array>();
  const byName = new Map(columns.map(column => [column.name, column]));
  await parquetRead({
    file,
    metadata,
    onChunk: ({ columnName, columnData, rowStart }) => {
      if (columnName === 'market') return;
      const { texts } = byName.get(columnName)!;
      let into = values.get(columnName);
      if (!into) values.set(columnName, (into = new Float64Array(Number(metadata.num_rows))));
      for (let row = 0; row < columnData.length; row++)
        into[rowStart + row] = numberOf((columnData as ArrayLike<unknown>)[row], texts);
    },
  });
  return values;
};
