import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import type { Encoding } from 'hyparquet';
import type { Block } from '../../training/block.js';
import type { Column } from '../../training/columns.js';

/** A data page of each column: a block before it is joined with those of other days into a file. */
export interface Pages {
  readonly rows: number;
  /** In the order of the columns. */
  readonly columns: readonly {
    /** Size of the page in the file. */
    readonly bytes: number;
    /** Size of the page before compression. */
    readonly plainBytes: number;
    /** For a column of the role `key` that holds times: its minimum and maximum. */
    readonly range: readonly [least: number, greatest: number] | null;
  }[];
  /** The pages, one after the other. */
  readonly content: Uint8Array;
}

/**
 * The texts of a column's codes, the same in every file, so that pages of different days share one
 * dictionary.
 */
export const dictionaryOf = ({ name, type, texts }: Column, symbol: string): readonly string[] | null =>
  name === 'market' ? [symbol] : type === 'text' ? texts! : null;

/** The bits of a dictionary code. */
const bitsFor = (dictionary: readonly string[]): number => Math.ceil(Math.log2(dictionary.length));

/** How the values of a column are stored. */
export const encodingOf = ({ type }: Column): Encoding =>
  type === 'text' ? 'RLE_DICTIONARY' : type === 'boolean' ? 'RLE' : 'PLAIN';

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * The values of a page without its nulls. Numbers have the processor's byte order: little-endian,
 * as the format requires.
 */
const plainBytes = (values: Float64Array, column: Column, dictionary: readonly string[] | null): Uint8Array => {
  if (dictionary) {
    const bits = bitsFor(dictionary);
    const writer = new ByteWriter();
    writer.appendUint8(bits);
    writeRleBitPackedHybrid(writer, Uint8Array.from(values), bits);
    return writer.getBytes();
  }
  switch (column.type) {
    case 'boolean': {
      const runs = new ByteWriter();
      writeRleBitPackedHybrid(runs, Uint8Array.from(values), 1);
      const writer = new ByteWriter(runs.offset + 4);
      writer.appendUint32(runs.offset);
      writer.appendBytes(runs.getBytes());
      return writer.getBytes();
    }
    case 'integer':
      return bytesOf(Int32Array.from(values));
    case 'time':
      return bytesOf(BigInt64Array.from(values, BigInt));
    default:
      return bytesOf(values);
  }
};

const withoutNulls = (values: Float64Array): Float64Array => {
  let count = 0;
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) count++;
  if (count === values.length) return values;
  const known = new Float64Array(count);
  for (let row = 0, place = 0; place < count; row++) if (!Number.isNaN(values[row])) known[place++] = values[row]!;
  return known;
};

/** Writes a page of one column and returns its size before compression. */
const writePage = (
  writer: ByteWriter,
  column: Column,
  values: Float64Array,
  dictionary: readonly string[] | null,
): number => {
  const known = withoutNulls(values);
  const levels = new ByteWriter();
  if (column.role !== 'key') {
    const isKnown = Uint8Array.from(values, value => Number(!Number.isNaN(value)));
    writeRleBitPackedHybrid(levels, isKnown, 1);
  }
  const plain = plainBytes(known, column, dictionary);
  const compressed = snappyCompress(plain);
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levels.offset + plain.length,
    compressed_page_size: levels.offset + compressed.length,
    data_page_header_v2: {
      num_values: values.length,
      num_nulls: values.length - known.length,
      num_rows: values.length,
      encoding: encodingOf(column),
      definition_levels_byte_length: levels.offset,
      repetition_levels_byte_length: 0,
      is_compressed: true,
    },
  });
  const headerBytes = writer.offset - start;
  writer.appendBytes(levels.getBytes());
  writer.appendBytes(compressed);
  return headerBytes + levels.offset + plain.length;
};

const rangeOf = (values: Float64Array): readonly [number, number] => {
  let [least, greatest] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
};

/** Encodes a block, one page per column, compressed by snappy. */
export const pagesOf = ({ rows, symbol, values }: Block, columns: readonly Column[]): Pages => {
  const writer = new ByteWriter(1 << 18);
  const sizes = columns.map(column => {
    const own = column.name === 'market' ? new Float64Array(rows) : values.get(column.name)!;
    const start = writer.offset;
    const size = writePage(writer, column, own, dictionaryOf(column, symbol));
    const range = column.role === 'key' && column.type === 'time' ? rangeOf(own) : null;
    return { bytes: writer.offset - start, plainBytes: size, range };
  });
  return { rows, columns: sizes, content: writer.getBytes() };
};

/** Pages as the content of a file of their own. */
export const packPages = ({ content, ...head }: Pages): Uint8Array => {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, content]);
};

/** Reverses `packPages`. */
export const unpackPages = (bytes: Buffer): Pages => {
  const end = 4 + bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, end)) as Omit<Pages, 'content'>;
  return { ...head, content: bytes.subarray(end) };
};
