import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** A folder that is removed by `remove`. */
export const openFolder = (): {
  readonly write: (name: string, bytes: string | Buffer) => string;
  readonly remove: () => void;
} => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-import-'));
  return {
    write: (name, bytes) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
};

/** A row of a file, the candle of a minute after 2024-01-31 23:00 UTC. */
export const csvRow = (minute: number, close: number): string =>
  `${Date.UTC(2024, 0, 31, 23) / 1_000 + minute * 60},${close},${close + 1},${close / 2},${close},2.5,3\n`;

/** A file in an archive: its text, and what the archive says of it. */
export interface Member {
  readonly text: string | Buffer;
  /** How it is packed by the archive's word; deflated it is anyway. */
  readonly method?: number;
  readonly isEncrypted?: boolean;
  /** Added to its checksum: 1 makes it wrong. */
  readonly checksumError?: number;
}

const DEFLATE = 8;

/** A zip archive of these members. */
export const zipOf = (members: Readonly<Record<string, string | Member>>): Buffer => {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, member] of Object.entries(members)) {
    const {
      text,
      method = DEFLATE,
      isEncrypted,
      checksumError = 0,
    } = typeof member === 'string' ? { text: member } : member;
    const plain = Buffer.from(text);
    const packed = deflateRawSync(plain);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x800 + (isEncrypted ? 1 : 0), 2); // names in UTF-8
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE((crc32(plain) + checksumError) >>> 0, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed);
    central.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, tail, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(members).length, 8);
  end.writeUInt16LE(Object.keys(members).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
};
