import { Transform, pipeline } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, type ZipFile, openPromise } from 'yauzl';
import { UserError } from '../../errors.js';
import type { OpenText } from './open-text.js';

/** A file in an archive. Nothing is ever unpacked to disk, so its name is only a name. */
export interface ZipMember {
  readonly name: string;
  /** Compressed. */
  readonly bytes: number;
  readonly open: () => Promise<OpenText>;
}

const damaged = (path: string, error: unknown): UserError =>
  new UserError([
    `${path}: cannot be read as a zip archive (${error instanceof Error ? error.message : String(error)}).`,
    'It may be truncated or damaged: download it again.',
  ]);

const openZip = (path: string): Promise<ZipFile> =>
  openPromise(path, { autoClose: false }).catch((error: unknown) => Promise.reject(damaged(path, error)));

const openMember = async (path: string, entry: Entry): Promise<OpenText> => {
  const zip = await openZip(path);
  const raw = await zip.openReadStreamPromise(entry).catch((error: unknown) => {
    zip.close();
    throw damaged(path, error);
  });
  let sum = 0;
  let count = 0;
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum); // yauzl leaves the checksum to its caller
      count += chunk.length;
      done(null, chunk);
    },
    flush: done => done(sum === entry.crc32 ? null : new Error(`the checksum of ${entry.fileName} differs`)),
    destroy: (error, done) => done(error && damaged(path, error)),
  });
  const text = pipeline(raw, checked, () => zip.close());
  return { text, bytesRead: () => (count * entry.compressedSize) / Math.max(entry.uncompressedSize, 1) };
};

/** The files in an archive, in its order. Throws `UserError` if its table of contents cannot be read. */
export const zipMembers = async (path: string): Promise<readonly ZipMember[]> => {
  const zip = await openZip(path);
  const members: ZipMember[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      members.push({ name: entry.fileName, bytes: entry.compressedSize, open: () => openMember(path, entry) });
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    zip.close();
  }
  return members;
};
