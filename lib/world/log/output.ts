import { fstatSync, writeSync } from 'node:fs';

/** Final destination of the lines. Writing never throws and never waits. */
export interface Output {
  /** Whether the line (its line end included) was accepted. */
  write(line: string): boolean;
  /** Resolves when everything accepted has been written, or after a second. */
  close(): Promise<void>;
}

/** Memory limit for a reader that does not read. */
const MAX_QUEUED_BYTES = 4_000_000;
const FLUSH_MS = 1_000;

const guarded = new WeakSet<NodeJS.WritableStream>();

/**
 * A closed pipe or a full disk is an event that ends the process without a listener; the lines
 * count as lost instead.
 */
const guard = (stream: NodeJS.WritableStream): void => {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on('error', () => undefined);
};

/**
 * Writes all of it to an open file; throws the system's error. `onBytes` counts the bytes actually
 * written.
 */
export const writeAll = (fd: number, text: string, onBytes: (count: number) => void = () => undefined): void => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    const count = writeSync(fd, bytes, at);
    onBytes(count);
    at += count;
  }
};

/** Node's own stdout stays broken once a disk was full: a redirected one is written to directly. */
const redirected = (stream: NodeJS.WritableStream): number | null => {
  const { fd, isTTY } = stream as { fd?: number; isTTY?: boolean };
  if ((stream !== process.stdout && stream !== process.stderr) || fd === undefined || isTTY) return null;
  try {
    const found = fstatSync(fd);
    return found.isFile() || found.isCharacterDevice() ? fd : null;
  } catch {
    return null; // closed
  }
};

const fdOutput = (fd: number): Output => ({
  write: line => {
    try {
      writeAll(fd, line);
      return true;
    } catch {
      return false;
    }
  },
  close: () => Promise.resolve(),
});

/**
 * Writes to a stream; while its reader does not keep up, or once it is gone, lines are refused.
 * `onLost` reports an accepted line that was lost.
 */
export const streamOutput = (stream: NodeJS.WritableStream, onLost: () => void): Output => {
  guard(stream);
  const fd = redirected(stream);
  if (fd !== null) return fdOutput(fd);
  const queue = stream as { writableLength?: number };
  let gone = false;
  const wrote = (error?: Error | null) => {
    if (!error) return;
    gone = true;
    onLost();
  };
  return {
    write: line => {
      if (gone || !stream.writable || (queue.writableLength ?? 0) > MAX_QUEUED_BYTES) return false;
      stream.write(line, wrote);
      return true;
    },
    close: () =>
      new Promise(resolve => {
        if (gone || !stream.writable || !queue.writableLength) {
          resolve();
          return;
        }
        const timer = setTimeout(resolve, FLUSH_MS);
        stream.write('', () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
};
