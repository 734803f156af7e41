import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes read at a time. */
const PORTION = 1 << 22;

/** A file that is read in portions, however large it is. Throws the system's error. */
export class FileToRead {
  readonly byteLength: number;
  private readonly fd: number;

  constructor(path: string) {
    this.fd = openSync(path, 'r');
    this.byteLength = fstatSync(this.fd).size;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The bytes from `start` up to, not including, `end`. */
  slice(start: number, end = this.byteLength): ArrayBuffer {
    const bytes = new Uint8Array(Math.max(0, end - start));
    for (let at = 0; at < bytes.length;) {
      const count = readSync(this.fd, bytes, at, bytes.length - at, start + at);
      if (count === 0) throw new Error('it ends too soon');
      at += count;
    }
    return bytes.buffer;
  }

  /** All of it, a portion at a time. */
  *portions(): Generator<Uint8Array> {
    for (let at = 0; at < this.byteLength; at += PORTION)
      yield new Uint8Array(this.slice(at, Math.min(this.byteLength, at + PORTION)));
  }

  /** Its SHA-256 in hexadecimal. */
  sha256(): string {
    const hash = createHash('sha256');
    for (const portion of this.portions()) hash.update(portion);
    return hash.digest('hex');
  }
}
