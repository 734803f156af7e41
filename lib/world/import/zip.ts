import { Transform, pipeline } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, type ZipFile, getFileNameLowLevel, openPromise } from 'yauzl';
import { UserError } from '../../errors.js';
import type { OpenText } from './open-text.js';

/** A file in an archive. Nothing is ever unpacked to disk, so its name is only a name. */
export interface ZipMember {
  readonly name: string;
  /** Compressed. */
  readonly bytes: number;
  /** Its unsupported compression; null if it can be read. */
  readonly unreadable: string | null;
  readonly open: () => Promise<OpenText>;
}

const METHODS: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};
const READABLE = new Set([0, 8]);

const packedWith = (entry: Entry): string | null => {
  if (entry.isEncrypted()) return 'a password';
  const { compressionMethod: method } = entry;
  return READABLE.has(method) ? null : (METHODS[method] ?? `method ${method}`);
};

const damaged = (path: string, error: unknown): UserError => {
  const found = error instanceof Error ? error.message : String(error);
  return new UserError(
    /multi-disk/.test(found)
      ? [
          `${path}: is the last part of an archive that was split.`,
          'Join it, with its other parts (.z01, .z02, …) beside it: zip -s 0 ARCHIVE.zip --out whole.zip',
        ]
      : [`${path}: cannot be read as a zip archive (${found}).`, 'It may be truncated or damaged: download it again.'],
  );
};

// One odd member must not hide the others: names are not checked, since nothing is unpacked, and
// sizes are checked when they are read.
const openZip = (path: string): Promise<ZipFile> =>
  openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false }).catch((error: unknown) =>
    Promise.reject(damaged(path, error)),
  );

const nameOf = (entry: Entry): string =>
  getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);

const openMember = async (path: string, entry: Entry): Promise<OpenText> => {
  const zip = await openZip(path);
  const raw = await zip.openReadStreamPromise(entry).catch((error: unknown) => {
    zip.close();
    throw error;
  });
  let sum = 0;
  let count = 0;
  const isWhole = () => sum === entry.crc32 && count === entry.uncompressedSize;
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum); // yauzl leaves the checksum to its caller
      count += chunk.length;
      done(count > entry.uncompressedSize ? new Error('it is longer than the archive says') : null, chunk);
    },
    flush: done => done(isWhole() ? null : new Error('its checksum differs: the archive is damaged')),
  });
  const text = pipeline(raw, checked, () => zip.close());
  return { text, bytesRead: () => (count * entry.compressedSize) / Math.max(entry.uncompressedSize, 1) };
};

/**
 * The files in an archive, in its order. Throws `UserError` if its table of contents cannot be
 * read.
 */
export const zipMembers = async (path: string): Promise<readonly ZipMember[]> => {
  const zip = await openZip(path);
  const members: ZipMember[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (name.endsWith('/')) continue;
      const { compressedSize: bytes } = entry;
      members.push({ name, bytes, unreadable: packedWith(entry), open: () => openMember(path, entry) });
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  return members;
};
