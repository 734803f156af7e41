import { parquetMetadataAsync, type AsyncBuffer, type FileMetaData, type SchemaElement } from 'hyparquet';

/** The types of values in our files. */
export type ParquetKind = 'double' | 'integer' | 'boolean' | 'time' | 'text';

/** A column of a file. */
export interface ParquetField {
  readonly name: string;
  readonly kind: ParquetKind;
  readonly isRequired: boolean;
}

/** Unit of the times in a file. */
type TimeUnit = 'MILLIS' | 'MICROS';

const PHYSICAL = {
  double: 'DOUBLE',
  integer: 'INT32',
  boolean: 'BOOLEAN',
  time: 'INT64',
  text: 'BYTE_ARRAY',
} as const satisfies Record<ParquetKind, SchemaElement['type']>;

// With both the old and the new name of a type, so that old readers recognise times too, and new
// ones UTC.
const meaningOf = (kind: ParquetKind, unit: TimeUnit): Omit<SchemaElement, 'name'> => {
  if (kind === 'text') return { converted_type: 'UTF8', logical_type: { type: 'STRING' } };
  if (kind !== 'time') return {};
  return { converted_type: `TIMESTAMP_${unit}`, logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit } };
};

/** The schema of a file with these columns. */
export const schemaOf = (name: string, fields: readonly ParquetField[], unit: TimeUnit): SchemaElement[] => [
  { name, num_children: fields.length },
  ...fields.map(({ name: column, kind, isRequired }): SchemaElement => {
    const repetition_type = isRequired ? 'REQUIRED' : 'OPTIONAL';
    return { name: column, repetition_type, type: PHYSICAL[kind], ...meaningOf(kind, unit) };
  }),
];

/**
 * The metadata of a file; null if it has other columns than these. Rejects if it is not a Parquet
 * file.
 */
export const openParquet = async (
  file: AsyncBuffer,
  fields: readonly Omit<ParquetField, 'isRequired'>[],
): Promise<FileMetaData | null> => {
  const metadata = await parquetMetadataAsync(file);
  const found = metadata.schema.slice(1).map(({ name, type }) => `${name} ${type}`);
  const wanted = fields.map(({ name, kind }) => `${name} ${PHYSICAL[kind]}`);
  return found.join() === wanted.join() ? metadata : null;
};
